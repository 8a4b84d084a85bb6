// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/json.h"

#include <glib.h>

#include "fuzz.h"
#include "values/error.h"
#include "values/text.h"

namespace {

void require_fit_to_be_shown(const std::string& text) {
  fuzz::require(g_utf8_validate_len(text.data(), text.size(), nullptr), "what is shown is UTF-8");
  fuzz::require(g_utf8_strlen(text.c_str(), -1) <= 300, "what is shown has at most 300 characters");
  for (const char* at = text.c_str(); *at != '\0'; at = g_utf8_next_char(at)) {
    fuzz::require(!g_unichar_iscntrl(g_utf8_get_char(at)),
                  "what is shown has no control characters");
  }
}

template <typename Read>
void read(Read reader, std::string_view json) {
  try {
    reader(json);
  } catch (const airforce::Error& error) {
    fuzz::require(error.kind == airforce::ErrorKind::Protocol,
                  "JSON is refused as a protocol error");
    fuzz::require(!error.message.empty(), "a refusal says why");
    require_fit_to_be_shown(error.message);
  }
}

void read_task_twice(std::string_view json) {
  const airforce::Task task = airforce::read_task(json);
  fuzz::require(!task.progress || (*task.progress >= 0 && *task.progress <= 100),
                "progress is within 0 and 100");
  fuzz::require(task.task_id.empty() || airforce::is_task_id(task.task_id), "an id can be used");
  require_fit_to_be_shown(task.error_message);
  if (task.task_id.empty()) return;  // without one, what is written may look like an error
  const std::string written = airforce::write_task(task, true);
  fuzz::require(airforce::write_task(airforce::read_task(written), true) == written,
                "a written task is read back as it was");
}

void check_list(std::string_view json) {
  for (const airforce::Task& task : airforce::read_tasks(json)) {
    fuzz::require(task.task_id.empty() || airforce::is_task_id(task.task_id), "an id can be used");
    fuzz::require(!task.cost_cents || *task.cost_cents >= 0, "a cost is not negative");
    fuzz::require(!task.created || *task.created >= 0, "a time is after 1970");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json = fuzz::text_of(data, size);
  read(read_task_twice, json);
  read(check_list, json);
  read(airforce::read_models, json);
  const airforce::ApiError error = airforce::read_api_error(json);
  require_fit_to_be_shown(error.type);
  require_fit_to_be_shown(error.code);
  require_fit_to_be_shown(error.message);
  fuzz::require(!airforce::looks_like_markup(error.message), "markup is never shown");
  return 0;
}
