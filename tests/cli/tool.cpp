// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tool.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

namespace airforce::test {
namespace {

std::vector<std::string> joined(std::vector<std::string> first,
                                const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

std::vector<std::string> quick_service(const TempDir& directory, std::size_t clip_bytes) {
  return {"--task-seconds", "0.5", "--clip", directory.write("served.mp4", fake_clip(clip_bytes))};
}

Bench::Bench(const std::vector<std::string>& simulator_options, std::size_t clip_bytes)
    : simulator(joined(quick_service(directory, clip_bytes), simulator_options)),
      served_(directory.file("served.mp4")) {
  std::filesystem::create_directory(directory.path() / "work");
}

Command Bench::command(const std::vector<std::string>& arguments) const {
  Command command;
  command.arguments = joined({AIRFORCE_VIDEO_PATH}, arguments);
  command.environment = simulator.environment();
  command.environment["HOME"] = directory.path();
  command.environment["XDG_STATE_HOME"] = directory.file("state");
  command.environment["XDG_CACHE_HOME"] = directory.file("cache");
  command.environment["XDG_CONFIG_HOME"] = directory.file("config");
  command.environment["LC_ALL"] = "C.UTF-8";
  command.environment["TERM"] = "xterm";
  command.environment["TZ"] = "UTC";
  command.directory = directory.path() / "work";
  return command;
}

Command Bench::json_command(const std::vector<std::string>& arguments) const {
  const bool clip_to_output =
      std::find(arguments.begin(), arguments.end(), "-") != arguments.end() ||
      std::find(arguments.begin(), arguments.end(), "--output=-") != arguments.end();
  return command(clip_to_output ? arguments : joined(arguments, {"--json"}));
}

std::vector<std::string> Bench::generate(const std::vector<std::string>& more) const {
  return joined({"generate", "--model=wan-2.6", "--poll-interval=0.1", "A red fox in the snow"},
                more);
}

std::string Bench::completed_task() const {
  const Finished finished = run(generate({"--force", "--output=" + directory.file("other.mp4")}));
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  return JsonLines(finished.output).field(-1, "task_id");
}

JsonLines::JsonLines(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    JsonNode* node = json_from_string(line.c_str(), nullptr);
    EXPECT_TRUE(node != nullptr && JSON_NODE_HOLDS_OBJECT(node)) << "no JSON object: " << line;
    if (node != nullptr) nodes_.emplace_back(node);
  }
}

std::string JsonLines::field(int index, const std::string& name) const {
  const int size = static_cast<int>(nodes_.size());
  const int at = index < 0 ? size + index : index;
  if (at < 0 || at >= size) return {};
  JsonObject* object = json_node_get_object(nodes_[static_cast<std::size_t>(at)].get());
  JsonNode* value = json_object_get_member(object, name.c_str());
  if (value == nullptr) return {};
  if (json_node_get_value_type(value) == G_TYPE_STRING) return json_node_get_string(value);
  return GCharPtr(json_to_string(value, FALSE)).get();
}

bool JsonLines::has(const std::string& name, const std::string& value) const {
  for (int i = 0; i < static_cast<int>(nodes_.size()); ++i) {
    if (field(i, name) == value) return true;
  }
  return false;
}

std::size_t line_count(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace airforce::test
