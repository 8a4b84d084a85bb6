// SPDX-License-Identifier: LGPL-2.1-or-later
#include "faults/cell.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include <json-glib/json-glib.h>

#include "generation/generation.h"
#include "support/simulator.h"
#include "support/temp_dir.h"
#include "values/glib_ptr.h"

namespace airforce::test {
namespace {

// What every key begins with.
constexpr const char* kCanary = "sk-air-canary-in-the-matrix";

// Clips are kept for an account, which is a key at a base URL, and ports are used again: with one
// key for all, a cell could replay the clip of another.
std::string key_of_its_own(const TempDir& directory) {
  return std::string(kCanary) + '-' + directory.path().filename().string();
}

// In place of three minutes: so long after it left a create may still be carried out. The
// simulator's are at most two seconds late.
constexpr int kLateSeconds = 3;
double deadline_seconds() {
  return 6 * slowness();
}

GenerationTimeouts short_timeouts() {
  GenerationTimeouts timeouts;
  timeouts.api.request = Seconds(slowness());
  timeouts.api.create = Seconds(slowness());
  timeouts.api.whole = Seconds(2 * slowness());
  timeouts.download.tries = 5;
  timeouts.download.stall = Seconds(slowness());
  timeouts.download.max_wait = Seconds(0.5);
  timeouts.download.max_retry_after = Seconds(3);
  timeouts.late_create = Seconds(kLateSeconds);
  timeouts.gone = Seconds(2 * slowness());
  return timeouts;
}

Settings settings_of(const Cell& cell, const Simulator& simulator, const TempDir& directory) {
  Settings settings;
  settings.set("base_url", simulator.base_url());
  settings.set("api_key", key_of_its_own(directory));
  settings.set("model", "wan-2.6");
  settings.set("prompt", "A red fox darting across snowy hills at dawn");
  settings.set("store", directory.file("store.sqlite"));
  settings.set("location", directory.file("clip.mp4"));
  settings.set("timeout", std::to_string(deadline_seconds()));
  settings.set("poll_interval", "0.2");
  if (cell.step == "poll" || cell.step == "confirm") settings.set("progress_source", "poll");
  if (cell.step == "delete") settings.set("delete_task", "true");
  return settings;
}

std::vector<std::string> options_of(const Cell& cell, const TempDir& directory) {
  std::vector<std::string> options = {
      "--key",          key_of_its_own(directory),
      "--task-seconds", "0.6",
      "--clip",         directory.write("served.mp4", fake_clip(300 * 1024)),
      "--fault",        cell.step + ":" + (cell.passing ? "times=1," : "") + cell.effect};
  // The list is read only when the answer to a create was lost.
  if (cell.step == "list") options.insert(options.end(), {"--fault", "create:lost-answer,times=1"});
  return options;
}

// What the generation said, and whether the key or the task's id was in it.
class Listening {
 public:
  void hear(const std::string& text, const std::string& task_id) {
    key_ = key_ || text.find(kCanary) != std::string::npos;
    task_ = task_ || !task_id.empty();
  }
  bool key() const { return key_; }
  bool task() const { return task_; }

 private:
  bool key_ = false;
  bool task_ = false;
};

std::optional<Error> generate(const Settings& settings, Listening& listening) {
  Generation generation(
      settings,
      [&](const GenerationEvent& event, const Task* task) {
        listening.hear(event.text, task != nullptr ? task->task_id : "");
      },
      short_timeouts());
  try {
    generation.run();
    generation.wait_complete();
    return std::nullopt;
  } catch (const Error& error) {
    listening.hear(error.text(),
                   error.candidates.empty() ? error.task_id : error.candidates.front());
    return error;
  }
}

bool key_left_the_api(const std::string& state) {
  const GObjectPtr<JsonParser> parser(json_parser_new());
  json_parser_load_from_data(parser.get(), state.c_str(), -1, nullptr);
  JsonArray* requests = json_object_get_array_member(
      json_node_get_object(json_parser_get_root(parser.get())), "requests");
  for (guint i = 0; i < json_array_get_length(requests); ++i) {
    JsonObject* request = json_array_get_object_element(requests, i);
    if (std::string(json_object_get_string_member(request, "origin")) != "api" &&
        std::string(json_object_get_string_member(request, "authorization")) != "none")
      return true;
  }
  return false;
}

// A port that refuses connections for a time refuses this test's questions, too.
void wait_until_it_answers(const Simulator& simulator) {
  for (int tries = 0;; ++tries) {
    try {
      simulator.count("creates");
      return;
    } catch (const std::runtime_error&) {
      if (tries == 100) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
}

}  // namespace

std::string CellResult::outcome() const {
  return error ? std::string(name_of(error->kind)) + ", " + name_of(error->charge) : "clip";
}

CellResult run_cell(const Cell& cell) {
  const TempDir directory;
  const Simulator simulator(options_of(cell, directory));
  const Settings settings = settings_of(cell, simulator, directory);
  CellResult result;
  Listening listening;
  const auto start = std::chrono::steady_clock::now();
  result.error = generate(settings, listening);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  wait_until_it_answers(simulator);
  result.creates = static_cast<int>(simulator.count("creates"));
  simulator.clear_faults();
  if (result.error && result.error->kind == ErrorKind::UnknownCreate)
    std::this_thread::sleep_until(start + std::chrono::seconds(kLateSeconds + 2));
  if (result.error) result.error_afterwards = generate(settings, listening);
  result.creates_in_all = static_cast<int>(simulator.count("creates"));
  result.refunded_cents = static_cast<double>(simulator.count("refunded_cents"));
  result.key_left_the_api = key_left_the_api(simulator.state());
  result.key_was_reported = listening.key();
  result.task_id_was_reported = listening.task();
  return result;
}

}  // namespace airforce::test
