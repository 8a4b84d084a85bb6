// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/output_name.h"

#include <algorithm>

#include "generation/inputs.h"
#include "generation/location.h"
#include "values/error.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

constexpr std::size_t kMaxQuote = 40;

Error no_placeholder(const std::string& written) {
  return {ErrorKind::Settings, Step::Settings,
          "--output has no placeholder " + display_text(written, kMaxQuote),
          "use {index}, {index:03}, {slug}, {prompt}, {model}, {seed}, {date} or {task_id}"};
}

}  // namespace

OutputName output_name(const std::string& pattern, const Settings& settings, std::size_t number,
                       std::int64_t unix_seconds) {
  const std::string prompt = canonical_prompt(settings.string(Parameter::prompt));
  NameFields fields = known_name_fields(settings, prompt, {}, unix_seconds);
  if (fields.task_id.empty()) fields.task_id = "task";
  fields.index = static_cast<int>(number);
  OutputName name;
  std::size_t at = 0;
  while (at < pattern.size()) {
    const std::size_t open = std::min(pattern.find('{', at), pattern.size());
    name.location += pattern.substr(at, open - at);
    if (open == pattern.size()) break;
    const std::size_t close = pattern.find('}', open);
    const std::string written = pattern.substr(open, close - open + (close != std::string::npos));
    const std::string value = expanded_location(written, fields);
    if (value == written) throw no_placeholder(written);
    // The core counts otherwise, and a batch has one date.
    const bool is_ours = written.starts_with("{index") || written == "{date}";
    name.location += is_ours ? value : written;
    at = open + written.size();
  }
  if (!needs_task_id(name.location)) name.path = expanded_location(name.location, fields);
  return name;
}

}  // namespace airforce::cli
