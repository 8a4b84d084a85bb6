// SPDX-License-Identifier: LGPL-2.1-or-later
// What scripts read: one JSON object a line (docs/command-line.md, "JSON lines"). Pure. No secrets:
// no key, and no pre-signed URL unless it is asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <json-glib/json-glib.h>

#include "generation/generation.h"
#include "values/error.h"
#include "values/task.h"

namespace airforce::cli {

// An object that is being written, field by field, in this order.
class JsonLine {
 public:
  // An object within another.
  JsonLine();
  // "event" is the first field of every line.
  explicit JsonLine(const char* event);

  JsonLine& text(const char* name, const std::string& value);
  JsonLine& integer(const char* name, std::int64_t value);
  JsonLine& number(const char* name, double value);
  JsonLine& flag(const char* name, bool value);
  JsonLine& texts(const char* name, const std::vector<std::string>& values);
  JsonLine& objects(const char* name, const std::vector<JsonLine>& values);
  // The task's fields under the API's names.
  JsonLine& task(const Task& task, bool with_urls);
  // With the newline.
  std::string str() const;

 private:
  struct Unref {
    void operator()(JsonObject* object) const { json_object_unref(object); }
  };
  std::unique_ptr<JsonObject, Unref> object_;
};

std::string json_line(const GenerationEvent& event, const Task* task, double elapsed);
std::string json_line(const Error& error, int exit_code);
std::string json_line(const Model& model);

}  // namespace airforce::cli
