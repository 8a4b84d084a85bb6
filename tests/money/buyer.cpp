// SPDX-License-Identifier: LGPL-2.1-or-later
// buyer PROMPT OUTPUT STORE: one generation with short times, in a process that a test can kill.
// Exit code 0: the clip is in OUTPUT. 2: it is unknown whether a task was created. 1: all else.
// BUYER_REUSE: the setting `reuse`. BUYER_LATE_SECONDS: how long a create may be carried out late.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "generation/generation.h"

namespace {

// In place of three minutes.
constexpr double kLateSeconds = 3;

const char* from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

airforce::GenerationTimeouts short_times() {
  airforce::GenerationTimeouts timeouts;
  timeouts.api.request = airforce::Seconds(2);
  timeouts.api.create = airforce::Seconds(2);
  const std::string late = from_environment("BUYER_LATE_SECONDS");
  timeouts.late_create = airforce::Seconds(late.empty() ? kLateSeconds : std::stod(late));
  timeouts.gone = airforce::Seconds(2);
  return timeouts;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 1;
  airforce::Settings settings;
  settings.set("base_url", from_environment("AIRFORCE_BASE_URL"));
  settings.set("api_key", from_environment("AIRFORCE_API_KEY"));
  settings.set("model", "ltx-mini");
  settings.set("prompt", argv[1]);
  settings.set("location", argv[2]);
  settings.set("store", argv[3]);
  settings.set("timeout", "60");
  settings.set("poll_interval", "0.1");
  if (const char* reuse = from_environment("BUYER_REUSE"); *reuse != '\0')
    settings.set("reuse", reuse);
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
