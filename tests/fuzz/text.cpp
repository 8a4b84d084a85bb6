// SPDX-License-Identifier: LGPL-2.1-or-later
// Text from elsewhere, on its way to a terminal, a log, JSON and a shell.
#include "values/text.h"

#include <glib.h>

#include "fuzz.h"
#include "values/glib_ptr.h"
#include "values/json.h"
#include "values/page_text.h"

namespace {

using airforce::Deleter;
using GStringsPtr = std::unique_ptr<gchar*, Deleter<g_strfreev>>;

constexpr std::string_view kSecret = "sk-air-canary/0123456789";

// What a terminal, a right-to-left reader or a person who copies could be misled by.
bool is_hidden(gunichar character) {
  return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x00ad ||
         character == 0x061c || (character >= 0x200b && character <= 0x200c) ||
         (character >= 0x200e && character <= 0x200f) ||
         (character >= 0x2028 && character <= 0x202e) ||
         (character >= 0x2060 && character <= 0x206f) || character == 0xfeff ||
         (character >= 0xfff9 && character <= 0xfffb) ||
         (character >= 0xe0000 && character <= 0xe0fff);
}

void require_visible(const std::string& text) {
  fuzz::require(g_utf8_validate_len(text.data(), text.size(), nullptr), "what is shown is UTF-8");
  for (const char* at = text.c_str(); *at != '\0'; at = g_utf8_next_char(at))
    fuzz::require(!is_hidden(g_utf8_get_char(at)), "what is shown can be seen");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::text_of(data, size);
  const std::string line = airforce::visible_line(input);
  require_visible(line);
  fuzz::require(airforce::visible_line(line) == line, "a line that is clean stays as it is");
  require_visible(airforce::display_text(input));
  require_visible(airforce::display_message(input));

  const std::string page = airforce::page_text(input);
  fuzz::require(page.find_first_of("<>") == std::string::npos, "a page's text is no markup");
  require_visible(airforce::display_message(page));

  const std::string word = airforce::shell_quoted(input);
  require_visible(word);
  if (!word.starts_with("$'")) {
    int count = 0;
    gchar** parsed = nullptr;
    fuzz::require(g_shell_parse_argv(word.c_str(), &count, &parsed, nullptr), "a word is one");
    const GStringsPtr words(parsed);
    fuzz::require(count == 1 && words.get()[0] == airforce::valid_utf8(input),
                  "a shell reads the word as it was");
  }

  // Wherever the secret is put, and whatever surrounds it.
  const std::size_t middle = size / 2;
  std::string echoed(input.substr(0, middle));
  echoed.append(kSecret).append(input.substr(middle));
  airforce::hide_secret(echoed, kSecret);
  fuzz::require(echoed.find(kSecret) == std::string::npos, "a secret is hidden");

  airforce::Task task;
  task.task_id = "a";
  task.prompt = task.model = std::string(input.substr(0, 1000));
  const std::string json = airforce::write_task(task, false);
  fuzz::require(airforce::read_task(json).prompt == airforce::valid_utf8(task.prompt),
                "JSON carries any text");
  return 0;
}
