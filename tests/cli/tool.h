// SPDX-License-Identifier: LGPL-2.1-or-later
// airforce-video as its users run it: a process with a directory and a store of its own, against a
// simulator.
#pragma once

#include <string>
#include <vector>

#include <json-glib/json-glib.h>

#include "support/process.h"
#include "support/simulator.h"
#include "support/temp_dir.h"
#include "values/glib_ptr.h"

namespace airforce::test {

// A task takes half a second, and its clip is `clip_bytes` long.
std::vector<std::string> quick_service(const TempDir& directory, std::size_t clip_bytes = 200'000);

// What every process test stands on.
class Bench {
 public:
  explicit Bench(const std::vector<std::string>& simulator_options = {},
                 std::size_t clip_bytes = 200'000);

  // `airforce-video ARGUMENTS...` in this bench's directory.
  Command command(const std::vector<std::string>& arguments) const;
  // With --json, which tests can read, unless the clip itself goes to standard output.
  Command json_command(const std::vector<std::string>& arguments) const;
  Finished run(const std::vector<std::string>& arguments) const {
    return test::run(json_command(arguments));
  }
  // As a person without a terminal has it.
  Finished run_plain(const std::vector<std::string>& arguments) const {
    return test::run(command(arguments));
  }
  // The usual purchase: model wan-2.6 and a prompt, with more arguments.
  std::vector<std::string> generate(const std::vector<std::string>& more = {}) const;
  // Makes a task and saves its clip; returns the task's id.
  std::string completed_task() const;

  std::string clip() const { return read_file(served_); }
  std::string file(const std::string& name) const { return directory.file(name); }

  TempDir directory;  // the tool runs in it
  Simulator simulator;

 private:
  std::string served_;
};

// The lines of a JSON Lines output. Fails the test for a line that is no JSON object.
class JsonLines {
 public:
  explicit JsonLines(const std::string& text);
  std::size_t size() const { return nodes_.size(); }
  // Of line `index`; negative counts from the end. "" if the field is missing; numbers and booleans
  // as text.
  std::string field(int index, const std::string& name) const;
  // Whether some line has these.
  bool has(const std::string& name, const std::string& value) const;

 private:
  std::vector<std::unique_ptr<JsonNode, Deleter<json_node_unref>>> nodes_;
};

// How many lines a text has.
std::size_t line_count(const std::string& text);

}  // namespace airforce::test
