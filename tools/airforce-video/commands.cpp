// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commands.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "report.h"
#include "run.h"
#include "text.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

enum class Group { Request, Task, Output, Connection };

constexpr std::array<const char*, 4> kGroupTitles{"Request", "Task", "Output", "Connection"};

// A new row of the vocabulary finds its place by its traits.
Group group_of(const ParameterInfo& parameter) {
  switch (parameter.id) {
    case Parameter::location:
    case Parameter::delete_task: return Group::Output;
    case Parameter::base_url:
    case Parameter::api_key_file:
    case Parameter::store: return Group::Connection;
    default:
      return (parameter.traits & AIRFORCE_BODY) != 0 || parameter.id == Parameter::prompt_file
                 ? Group::Request
                 : Group::Task;
  }
}

bool is_any(const ParameterInfo& parameter, std::initializer_list<Parameter> allowed) {
  return std::find(allowed.begin(), allowed.end(), parameter.id) != allowed.end();
}

// Which parameters and which options of its own a command takes.
struct Taken {
  const char* command;
  bool (*parameter)(const ParameterInfo&);
  std::vector<OwnOption> own;
};

bool connects(const ParameterInfo& parameter) {
  return is_any(parameter, {Parameter::base_url, Parameter::api_key_file});
}

bool follows(const ParameterInfo& parameter) {
  return group_of(parameter) == Group::Connection || group_of(parameter) == Group::Output ||
         is_any(parameter,
                {Parameter::timeout, Parameter::poll_interval, Parameter::progress_source});
}

const std::vector<Taken>& taken() {
  static const std::vector<Taken> table{
      {"generate",
       [](const ParameterInfo&) { return true; },
       {OwnOption::Force, OwnOption::Json, OwnOption::Quiet}},
      {"watch", follows, {OwnOption::Force, OwnOption::Json, OwnOption::Quiet}},
      {"download", follows, {OwnOption::Force, OwnOption::Json, OwnOption::Quiet}},
      {"status", connects, {OwnOption::Urls, OwnOption::Json}},
      {"list",
       [](const ParameterInfo& parameter) { return group_of(parameter) == Group::Connection; },
       {OwnOption::Limit, OwnOption::Status, OwnOption::Local, OwnOption::Json}},
      {"delete", connects, {OwnOption::Yes, OwnOption::Json}},
      {"models",
       [](const ParameterInfo& parameter) {
         return connects(parameter) ||
                is_any(parameter, {Parameter::mode, Parameter::duration_seconds,
                                   Parameter::aspect_ratio, Parameter::quality});
       },
       {OwnOption::Json}},
  };
  return table;
}

Option own_option(OwnOption own) {
  const auto make = [own](const char* flag, char letter, const char* argument, const char* help) {
    return Option{.parameter = nullptr,
                  .own = own,
                  .flag = flag,
                  .letter = letter,
                  .argument = argument,
                  .help = help,
                  .choices = {}};
  };
  switch (own) {
    case OwnOption::Force: return make("force", 'f', "", "Replace the output file if it exists");
    case OwnOption::Json:
      return make(
          "json", 0, "",
          "Write JSON lines to standard output, as is done anyway where it is not a terminal");
    case OwnOption::Limit:
      return make("limit", 'n', "COUNT", "Show at most so many tasks, 1 to 200 (default: 50)");
    case OwnOption::Local:
      return make("local", 0, "",
                  "Show what the store remembers of this key's purchases on this machine; nothing "
                  "is asked of the service");
    case OwnOption::Quiet: return make("quiet", 'q', "", "Show no progress");
    case OwnOption::Status:
      return make("status", 0, "STATUS",
                  "Show only tasks of this status: queued, running, completed, failed or expired");
    case OwnOption::Urls:
      return make("urls", 0, "",
                  "Show the pre-signed URLs too: whoever has them can fetch the clip");
    case OwnOption::Yes: return make("yes", 'y', "", "Do not ask");
    case OwnOption::Help: break;
  }
  return make("help", 'h', "", "Show this help");
}

// The word that stands for the value in --help.
std::string argument_name(const ParameterInfo& parameter) {
  if (parameter.type == ParameterType::Bool) return {};
  if (parameter.id == Parameter::location) return "FILE";
  if (parameter.type == ParameterType::Choice) return "WHICH";
  const std::string_view unit = parameter.unit;
  std::string word = unit == "s"    ? "seconds"
                     : unit.empty() ? std::string(parameter.flag)
                                    : std::string(unit);
  word.erase(0, word.rfind('-') + 1);
  for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return word;
}

// Numbers and choices have a default that is worth telling; a switch is off, and 0 or -1 is
// explained in the help itself.
std::string default_text(const ParameterInfo& parameter,
                         const std::vector<ChoiceInfo>& its_choices) {
  switch (parameter.type) {
    case ParameterType::Choice:
      return its_choices.at(static_cast<std::size_t>(Settings::for_order().integer(parameter.id)))
          .name;
    case ParameterType::Int:
    case ParameterType::Int64:
    case ParameterType::Double: return parameter.initial > 0 ? number_text(parameter.initial) : "";
    default: return {};
  }
}

Option parameter_option(const ParameterInfo& parameter) {
  Option option;
  option.parameter = &parameter;
  option.flag = parameter.flag;
  if (parameter.id == Parameter::location) option.letter = 'o';
  if (parameter.id == Parameter::model) option.letter = 'm';
  option.argument = argument_name(parameter);
  option.help = with_flags(parameter.help);
  option.choices = choices(parameter.id);
  if (parameter.type == ParameterType::List) option.help += "; repeat it for more";
  if (parameter.id == Parameter::location)
    option.help += " (default: {task_id}.mp4; - is standard output)";
  if (const std::string text = default_text(parameter, option.choices); !text.empty())
    option.help += " (default: " + text + ")";
  return option;
}

constexpr const char* kGenerate =
    "Creates a task from the prompt, follows it, and saves the clip. The price is shown before "
    "anything is bought, the charge "
    "afterwards. The same request started again takes over a task that was paid for and whose clip "
    "never arrived, in place of buying "
    "a second one (see --reuse). An output file that exists is refused before anything is bought. "
    "Without --output the clip is saved "
    "as TASK_ID.mp4.";
constexpr const char* kWatch =
    "Shows the progress of a task until it has ended. The exit code tells how. With --output the "
    "clip is saved as well.";
constexpr const char* kDownload =
    "Saves the clip of each task, complete or not at all, and waits for a task first where it has "
    "not ended. Nothing is bought.";
constexpr const char* kStatus = "Shows what the service says of each task now.";
constexpr const char* kList =
    "Shows the key's tasks, the newest first. The service forgets a task 24 hours after its "
    "creation.";
constexpr const char* kDelete =
    "Deletes tasks with their clips at the service. Nothing is refunded. Asks first on a terminal; "
    "elsewhere it needs --yes.";
constexpr const char* kModels =
    "Shows the video models with what they offer and their prices. NAME shows those whose id "
    "contains it; the options show those that "
    "offer what is asked for.";

}  // namespace

std::span<const CommandInfo> commands() {
  static const std::array<CommandInfo, 7> table{{
      {"generate", "[PROMPT]", "Make a clip from a prompt", kGenerate, false, run_generate},
      {"watch", "TASK_ID", "Follow a task until it has ended", kWatch, true, run_watch},
      {"download", "TASK_ID...", "Save the clips of tasks", kDownload, true, run_download},
      {"status", "TASK_ID...", "Show a task", kStatus, true, run_status},
      {"list", "", "List the tasks", kList, false, run_list},
      {"delete", "TASK_ID...", "Delete tasks and their clips at the service", kDelete, true,
       run_delete},
      {"models", "[NAME]", "List the video models, what they offer and their prices", kModels,
       false, run_models},
  }};
  return table;
}

const CommandInfo* find_command(std::string_view name) {
  const auto all = commands();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const CommandInfo& command) { return name == command.name; });
  return found != all.end() ? &*found : nullptr;
}

std::vector<OptionGroup> options_of(const CommandInfo& command) {
  const auto& table = taken();
  const auto row = std::find_if(table.begin(), table.end(), [&](const Taken& each) {
    return std::string_view(each.command) == command.name;
  });
  std::vector<OptionGroup> groups;
  groups.reserve(kGroupTitles.size());
  for (const char* title : kGroupTitles) groups.push_back({title, {}});
  for (const ParameterInfo& parameter : parameters()) {
    if (parameter.flag != nullptr && row->parameter(parameter))
      groups[static_cast<std::size_t>(group_of(parameter))].options.push_back(
          parameter_option(parameter));
  }
  auto& output = groups[static_cast<std::size_t>(Group::Output)].options;
  for (const OwnOption own : row->own) output.push_back(own_option(own));
  output.push_back(own_option(OwnOption::Help));
  std::erase_if(groups, [](const OptionGroup& group) { return group.options.empty(); });
  return groups;
}

}  // namespace airforce::cli
