// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commands.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "report.h"
#include "run.h"
#include "terminal_text.h"
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

Option own_option(OwnOption own) {
  const auto make = [own](const char* flag, char letter, const char* argument, const char* help,
                          std::vector<std::string> aliases = {}) {
    return Option{.parameter = nullptr,
                  .own = own,
                  .flag = flag,
                  .aliases = std::move(aliases),
                  .letter = letter,
                  .argument = argument,
                  .help = help,
                  .choices = {}};
  };
  switch (own) {
    case OwnOption::Again:
      return make("again", 0, "", "Buy all of it again, also what exists or was paid for before");
    case OwnOption::Budget:
      return make("budget", 0, "NAME",
                  "Show what the store remembers of this budget: its sum, what is reserved, "
                  "charged and refunded, and what is left");
    case OwnOption::Continue:
      return make("continue", 0, "", "Start each shot from the last frame of the one before it");
    case OwnOption::ContinueFrom:
      return make("continue-from", 0, "CLIP", "Start the first shot from this clip's last frame");
    case OwnOption::DryRun:
      return make("dry-run", 0, "", "Show shots, prices and the total, and buy nothing");
    case OwnOption::Exec:
      return make("exec", 0, "COMMAND",
                  "Run this after each clip, or after the film; {} in it is the file");
    case OwnOption::Jobs:
      return make("jobs", 'j', "COUNT", "Make so many shots at a time, 1 to 32 (default: 4)");
    case OwnOption::Music:
      return make("music", 0, "FILE",
                  "Put this music under the film: cut to its length, faded, quieter where the film "
                  "itself has sound");
    case OwnOption::Notify: return make("notify", 0, "", "Notify the desktop at the end");
    case OwnOption::OnError:
      return make("on-error", 0, "WHICH",
                  "After a failed shot: stop starts no other, skip leaves out those that continue "
                  "it (default: stop)");
    case OwnOption::Clear: return make("clear", 0, "", "Forget all of it");
    case OwnOption::Config:
      return make("config", 0, "FILE",
                  "Take defaults from this file; none for no file (default: "
                  "~/.config/airforce-video.toml)");
    case OwnOption::Force: return make("force", 'f', "", "Replace the output file if it exists");
    case OwnOption::Json:
      return make("json", 0, "", "Write JSON lines to standard output in place of text");
    case OwnOption::Limit:
      return make("limit", 'n', "COUNT", "Show at most so many tasks, 1 to 200 (default: 50)");
    case OwnOption::Local:
      return make("local", 0, "",
                  "Show what the store remembers of this key's purchases on this machine; nothing "
                  "is asked of the service");
    case OwnOption::Metadata:
      return make(
          "metadata", 0, "",
          "Write prompt, model, task and date into the MP4, and that a trained model made it "
          "(IPTC); pictures and sound stay as they are, and a signed clip does",
          {"embed-metadata"});
    case OwnOption::Sidecar:
      return make("sidecar", 0, "", "Write how the clip was made beside it, as FILE.json",
                  {"write-info-json"});
    case OwnOption::Thumbnail:
      return make("thumbnail", 0, "",
                  "Save a small picture beside the clip, as FILE.jpg (or .png, .webp): the "
                  "service's, else its first frame",
                  {"write-thumbnail"});
    case OwnOption::Page:
      return make("html", 0, "FILE", "Write a page for a browser; - is standard output");
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

// Numbers and choices have a default that is worth showing; a switch is off, and 0 or -1 is
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

// The names that the element, the filter and URIs have for it.
std::vector<std::string> other_names(const ParameterInfo& parameter) {
  std::string dashed = parameter.name;
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  std::vector<std::string> names;
  for (const std::string& name :
       {dashed, std::string(parameter.name), std::string(parameter.ffmpeg_name)}) {
    if (name != parameter.flag && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  }
  return names;
}

Option parameter_option(const ParameterInfo& parameter) {
  Option option;
  option.parameter = &parameter;
  option.flag = parameter.flag;
  if (parameter.id == Parameter::location) option.letter = 'o';
  if (parameter.id == Parameter::model) option.letter = 'm';
  option.argument = argument_name(parameter);
  option.help = with_flags(parameter.help);
  option.aliases = other_names(parameter);
  option.choices = choices(parameter.id);
  if (parameter.type == ParameterType::List) option.help += "; repeat it for more";
  if (parameter.id == Parameter::location)
    option.help +=
        " (default: {task_id}.mp4; - is standard output); {index:03}, {slug}, {model}, {seed}, "
        "{date} and {prompt} stand for what the clip is made from";
  if (const std::string text = default_text(parameter, option.choices); !text.empty())
    option.help += " (default: " + text + ")";
  return option;
}

}  // namespace

bool is_any(const ParameterInfo& parameter, std::initializer_list<Parameter> allowed) {
  return std::find(allowed.begin(), allowed.end(), parameter.id) != allowed.end();
}

bool is_api_parameter(const ParameterInfo& parameter) {
  return is_any(parameter, {Parameter::base_url, Parameter::api_key_file});
}

bool is_connection_parameter(const ParameterInfo& parameter) {
  return group_of(parameter) == Group::Connection;
}

bool is_follow_parameter(const ParameterInfo& parameter) {
  return group_of(parameter) == Group::Connection || group_of(parameter) == Group::Output ||
         is_any(parameter,
                {Parameter::timeout, Parameter::poll_interval, Parameter::progress_source});
}

std::span<const CommandInfo> commands() {
  static const std::vector<CommandInfo> table{
      generate_command(), film_command(),    batch_command(),      watch_command(),
      download_command(), status_command(),  list_command(),       delete_command(),
      models_command(),   history_command(), completion_command(),
  };
  return table;
}

const CommandInfo* find_command(std::string_view name) {
  const auto all = commands();
  const auto found = std::find_if(all.begin(), all.end(), [&](const CommandInfo& command) {
    return name == command.name ||
           std::find(command.aliases.begin(), command.aliases.end(), name) != command.aliases.end();
  });
  return found != all.end() ? &*found : nullptr;
}

std::vector<OptionGroup> options_of(const CommandInfo& command) {
  std::vector<OptionGroup> groups;
  groups.reserve(kGroupTitles.size());
  for (const char* title : kGroupTitles) groups.push_back({title, {}});
  for (const ParameterInfo& parameter : parameters()) {
    if (parameter.flag != nullptr && command.takes(parameter))
      groups[static_cast<std::size_t>(group_of(parameter))].options.push_back(
          parameter_option(parameter));
  }
  auto& output = groups[static_cast<std::size_t>(Group::Output)].options;
  for (const OwnOption own : command.own) output.push_back(own_option(own));
  output.push_back(own_option(OwnOption::Config));
  output.push_back(own_option(OwnOption::Help));
  if (command.explain != nullptr) {
    for (OptionGroup& group : groups) {
      for (Option& option : group.options) command.explain(option);
    }
  }
  std::erase_if(groups, [](const OptionGroup& group) { return group.options.empty(); });
  return groups;
}

}  // namespace airforce::cli
