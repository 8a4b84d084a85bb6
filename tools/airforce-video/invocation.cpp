// SPDX-License-Identifier: LGPL-2.1-or-later
#include "invocation.h"

#include <charconv>

#include <glib.h>

#include "text.h"
#include "values/glib_ptr.h"
#include "values/text.h"
#include "vocabulary/close_match.h"

namespace airforce::cli {
namespace {

constexpr std::size_t kMaxQuote = 60;
constexpr int kMaxTasks = 200;  // the service's own limit

using OptionContextPtr = std::unique_ptr<GOptionContext, Deleter<g_option_context_free>>;
using StringsPtr = std::unique_ptr<char*, Deleter<g_strfreev>>;

// What GOption's callbacks work on.
struct Reading {
  Invocation& invocation;
  std::vector<Option> options;
};

int read_limit(const std::string& text) {
  int limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size() || limit < 1 || limit > kMaxTasks)
    throw Error(ErrorKind::Settings, Step::Settings,
                "--limit is a number from 1 to " + std::to_string(kMaxTasks));
  return limit;
}

std::string read_status(const std::string& text) {
  if (task_status_of(text) == TaskStatus::Unknown)
    throw Error(ErrorKind::Settings, Step::Settings,
                "--status is one of queued, running, completed, failed and expired");
  return text;
}

void set_parameter(Settings& settings, const Option& option, const std::string& value) {
  const std::string name = option.parameter->name;
  try {
    switch (option.parameter->type) {
      case ParameterType::Bool: settings.set(name, "true"); break;
      case ParameterType::List: settings.add(name, value); break;
      default: settings.set(name, value); break;
    }
  } catch (Error& error) {
    // The core begins with the parameter's name; who wrote a flag is told of that flag.
    if (error.message.starts_with(name + " "))
      error.message.replace(0, name.size(), "--" + option.flag);
    throw;
  }
}

void apply(Invocation& invocation, const Option& option, const std::string& value) {
  if (option.parameter != nullptr) {
    set_parameter(invocation.settings, option, value);
    return;
  }
  switch (option.own) {
    case OwnOption::Force: invocation.force = true; break;
    case OwnOption::Json: invocation.json = invocation.json_asked = true; break;
    case OwnOption::Limit: invocation.limit = read_limit(value); break;
    case OwnOption::Local: invocation.local = true; break;
    case OwnOption::Quiet: invocation.quiet = true; break;
    case OwnOption::Status: invocation.status = read_status(value); break;
    case OwnOption::Urls: invocation.urls = true; break;
    case OwnOption::Yes: invocation.yes = true; break;
    case OwnOption::Help: invocation.help = true; break;
  }
}

// `name` as it was written: "--model" or "-m".
gboolean on_option(const char* name, const char* value, gpointer data, GError** failure) {
  auto& reading = *static_cast<Reading*>(data);
  const std::string_view written = name;
  try {
    for (const Option& option : reading.options) {
      const bool by_letter =
          written.size() == 2 && option.letter != 0 && written[1] == option.letter;
      if (!by_letter && written != "--" + option.flag) continue;
      apply(reading.invocation, option, value != nullptr ? value : "");
      return TRUE;
    }
    g_set_error(failure, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, "no such option: %s", name);
  } catch (const Error& error) {
    const std::string text =
        error.message + (error.next_step.empty() ? "" : "; " + error.next_step);
    g_set_error_literal(failure, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text.c_str());
  }
  return FALSE;
}

gboolean on_argument(const char*, const char* value, gpointer data, GError**) {
  static_cast<Reading*>(data)->invocation.arguments.emplace_back(value);
  return TRUE;
}

// Values stay the bytes that they are: a prompt is UTF-8 whatever the locale says, a file name need
// not be.
std::vector<GOptionEntry> entries_for(const std::vector<Option>& options) {
  std::vector<GOptionEntry> entries;
  for (const Option& option : options) {
    GOptionEntry entry{};
    entry.long_name = option.flag.c_str();
    entry.short_name = option.letter;
    entry.flags = option.argument.empty() ? G_OPTION_FLAG_NO_ARG : G_OPTION_FLAG_FILENAME;
    entry.arg = G_OPTION_ARG_CALLBACK;
    entry.arg_data = reinterpret_cast<gpointer>(&on_option);
    entries.push_back(entry);
  }
  GOptionEntry rest{};
  rest.long_name = G_OPTION_REMAINING;
  rest.flags = G_OPTION_FLAG_FILENAME;
  rest.arg = G_OPTION_ARG_CALLBACK;
  rest.arg_data = reinterpret_cast<gpointer>(&on_argument);
  entries.push_back(rest);
  entries.push_back({});
  return entries;
}

// GOption repeats what it does not know. A key must not be repeated, nor stand on a command line at
// all.
void refuse_keys(const CommandInfo& command, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return;
    const std::string_view name = std::string_view(word).substr(0, word.find('='));
    if (name == "--api-key" || name == "--api_key" || name == "--key")
      throw usage_error(command,
                        "a key on the command line could be read by everybody on this machine: set "
                        "AIRFORCE_API_KEY, or keep it in a "
                        "file and pass --api-key-file");
  }
}

// What GOption found wrong. Of an option that it does not know it repeats all, the value too.
std::string complaint(const GError& error, const std::vector<Option>& options) {
  std::string text = printable(error.message);
  if (error.code != G_OPTION_ERROR_UNKNOWN_OPTION) {
    text.front() = g_ascii_tolower(text.front());
    return text;
  }
  text = text.substr(text.rfind(' ') + 1);
  // Of "-kVALUE" the letter.
  const std::size_t end = text.starts_with("--") ? text.find('=') : 2;
  const std::string name = display_text(text.substr(0, end), kMaxQuote);
  std::vector<std::string> flags;
  flags.reserve(options.size());
  for (const Option& option : options) flags.push_back("--" + option.flag);
  const std::string meant = close_match(name, flags);
  return "there is no option " + name + (meant.empty() ? "" : "; did you mean " + meant + "?");
}

}  // namespace

Error usage_error(const CommandInfo& command, const std::string& message) {
  return {ErrorKind::Settings, Step::Settings, message,
          std::string("see airforce-video ") + command.name + " --help"};
}

void read_command_line(Invocation& invocation, const std::vector<std::string>& words) {
  refuse_keys(*invocation.command, words);
  Reading reading{invocation, {}};
  for (OptionGroup& group : options_of(*invocation.command))
    reading.options.insert(reading.options.end(), group.options.begin(), group.options.end());
  const std::vector<GOptionEntry> entries = entries_for(reading.options);

  const OptionContextPtr context(g_option_context_new(nullptr));
  g_option_context_set_help_enabled(context.get(), FALSE);  // help.h makes it
  GOptionGroup* group = g_option_group_new("main", "", "", &reading, nullptr);
  g_option_group_add_entries(group, entries.data());
  g_option_context_set_main_group(context.get(), group);

  char** list = g_new0(char*, words.size() + 2);
  list[0] = g_strdup("airforce-video");
  for (std::size_t i = 0; i < words.size(); ++i) list[i + 1] = g_strdup(words[i].c_str());
  GErrorSlot error;
  const bool read = g_option_context_parse_strv(context.get(), &list, error) != FALSE;
  const StringsPtr owner(list);
  if (!read)
    throw usage_error(*invocation.command, complaint(*error.operator->(), reading.options));
}

const std::string& single_task_id(const Invocation& invocation) {
  if (task_ids(invocation).size() > 1)
    throw usage_error(*invocation.command,
                      std::string(invocation.command->name) + " takes one TASK_ID");
  return invocation.arguments.front();
}

const std::vector<std::string>& task_ids(const Invocation& invocation) {
  if (invocation.arguments.empty())
    throw usage_error(*invocation.command, "no TASK_ID; airforce-video list shows the tasks");
  for (const std::string& id : invocation.arguments) {
    if (id.empty()) throw usage_error(*invocation.command, "a TASK_ID is empty");
  }
  return invocation.arguments;
}

}  // namespace airforce::cli
