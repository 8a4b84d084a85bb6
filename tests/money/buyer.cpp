// SPDX-License-Identifier: LGPL-2.1-or-later
// buyer PROMPT OUTPUT STORE: one generation with short times, in a process that a test can kill.
// Exit code 0: the clip is in OUTPUT. 2: it is unknown whether a task was created. 1: all else.
#include <cstdio>
#include <cstdlib>

#include "generation/generation.h"

namespace {

// In place of the three minutes for which a create may be carried out late.
constexpr double kLateSeconds = 3;

airforce::GenerationTimeouts short_times() {
  airforce::GenerationTimeouts timeouts;
  timeouts.api.request = 2;
  timeouts.api.create = 2;
  timeouts.late_create = airforce::Seconds(kLateSeconds);
  timeouts.gone = airforce::Seconds(2);
  return timeouts;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 1;
  airforce::Settings settings;
  settings.set("base_url", std::getenv("AIRFORCE_BASE_URL"));
  settings.set("api_key", std::getenv("AIRFORCE_API_KEY"));
  settings.set("model", "ltx-mini");
  settings.set("prompt", argv[1]);
  settings.set("location", argv[2]);
  settings.set("store", argv[3]);
  settings.set("timeout", "30");
  settings.set("poll_interval", "0.1");
  airforce::Generation generation(
      settings, [](const auto&, const auto*) {}, short_times());
  try {
    generation.run();
    generation.wait_complete();
    generation.set_delivered();
    return 0;
  } catch (const airforce::Error& error) {
    std::fprintf(stderr, "%s\n", error.text().c_str());
    return error.kind == airforce::ErrorKind::UnknownCreate ? 2 : 1;
  }
}
