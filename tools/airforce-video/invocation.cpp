// SPDX-License-Identifier: LGPL-2.1-or-later
#include "invocation.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "config.h"
#include "values/text.h"
#include "vocabulary/close_match.h"

namespace airforce::cli {
namespace {

constexpr std::size_t kMaxQuote = 60;
constexpr int kMaxJobs = 32;
constexpr int kMaxTasks = 200;  // the service's own limit

int read_count(const std::string& text, const char* flag, int largest) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 1 || count > largest)
    throw Error(ErrorKind::Settings, Step::Settings,
                std::string(flag) + " is a number from 1 to " + std::to_string(largest));
  return count;
}

bool read_on_error(const std::string& text) {
  if (text != "stop" && text != "skip")
    throw Error(ErrorKind::Settings, Step::Settings, "--on-error is stop or skip");
  return text == "skip";
}

std::string read_status(const std::string& text) {
  if (parse_task_status(text) == TaskStatus::Unknown)
    throw Error(ErrorKind::Settings, Step::Settings,
                "--status is one of queued, running, completed, failed and expired");
  return text;
}

std::string read_budget_name(const std::string& text) {
  if (text.empty())
    throw Error(ErrorKind::Settings, Step::Settings, "--budget takes the name of a budget");
  return text;
}

bool is_true(const std::string& text, const Option& option) {
  if (text == "true" || text == "1" || text == "on" || text == "yes") return true;
  if (text == "false" || text == "0" || text == "off" || text == "no") return false;
  throw Error(ErrorKind::Settings, Step::Settings, "--" + option.flag + " is true or false");
}

void set_parameter(Settings& settings, const Option& option,
                   const std::vector<std::string>& values) {
  const std::string name = option.parameter->name;
  try {
    switch (option.parameter->type) {
      case ParameterType::Bool:
        settings.set(name, is_true(values.back(), option) ? "true" : "false");
        break;
      case ParameterType::List:
        for (const std::string& value : values) settings.add(name, value);
        break;
      default: settings.set(name, values.back()); break;
    }
  } catch (Error& error) {
    // The core begins with the parameter's name; who wrote a flag sees that flag.
    if (error.message.starts_with(name + " "))
      error.message.replace(0, name.size(), "--" + option.flag);
    throw;
  }
}

// As of a variable that is not set: without the file, something else would be bought.
const std::string& file_name(const char* flag, const std::string& value) {
  if (value.empty())
    throw Error(ErrorKind::Settings, Step::Settings,
                std::string(flag) + " needs the name of a file");
  return value;
}

// `values` is not empty; of an option that was given more than once the last one counts, as with
// aliases of a shell.
void apply(Invocation& invocation, const Option& option, const std::vector<std::string>& values) {
  if (option.parameter != nullptr) {
    set_parameter(invocation.settings, option, values);
    return;
  }
  const std::string& value = values.back();
  switch (option.own) {
    case OwnOption::Again: invocation.again = is_true(value, option); break;
    case OwnOption::Budget: invocation.budget = read_budget_name(value); break;
    case OwnOption::Continue: invocation.continue_all = is_true(value, option); break;
    case OwnOption::ContinueFrom:
      invocation.continue_from = file_name("--continue-from", value);
      break;
    case OwnOption::DryRun: invocation.dry_run = is_true(value, option); break;
    case OwnOption::Exec: invocation.exec = value; break;
    case OwnOption::Jobs: invocation.jobs = read_count(value, "--jobs", kMaxJobs); break;
    case OwnOption::Music: invocation.music = file_name("--music", value); break;
    case OwnOption::Notify: invocation.notify = is_true(value, option); break;
    case OwnOption::OnError: invocation.skip_failed = read_on_error(value); break;
    case OwnOption::Clear: invocation.clear = is_true(value, option); break;
    case OwnOption::Page: invocation.page = value; break;
    case OwnOption::Config: break;  // read before all others
    case OwnOption::Force: invocation.force = is_true(value, option); break;
    case OwnOption::Json: invocation.json = invocation.json_asked = is_true(value, option); break;
    case OwnOption::Limit: invocation.limit = read_count(value, "--limit", kMaxTasks); break;
    case OwnOption::Local: invocation.local = is_true(value, option); break;
    case OwnOption::Metadata: invocation.companions.metadata = is_true(value, option); break;
    case OwnOption::Sidecar: invocation.companions.sidecar = is_true(value, option); break;
    case OwnOption::Thumbnail: invocation.companions.thumbnail = is_true(value, option); break;
    case OwnOption::Quiet: invocation.quiet = is_true(value, option); break;
    case OwnOption::Status: invocation.status = read_status(value); break;
    case OwnOption::Urls: invocation.urls = is_true(value, option); break;
    case OwnOption::Yes: invocation.yes = is_true(value, option); break;
    case OwnOption::Help: invocation.help = true; break;
  }
}

// A key must not be repeated in a message, nor stand on a command line at all.
void refuse_keys(const CommandInfo& command, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return;
    const std::string_view name = std::string_view(word).substr(0, word.find('='));
    if (name == "--api-key" || name == "--api_key" || name == "--key")
      throw usage_error(command,
                        "a key on the command line could be read by everybody on this machine: set "
                        "AIRFORCE_API_KEY, or keep it in a file and pass --api-key-file");
  }
}

// As of a variable that is not set. CLI11 would take the next word.
void refuse_empty_values(const CommandInfo& command, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return;
    const std::size_t end = word.find('=');
    if (word.starts_with("--") && end != std::string::npos && end + 1 == word.size())
      throw usage_error(command, display_text(word.substr(0, end), kMaxQuote) + " needs a value");
  }
}

// Of an option that does not exist the name alone is repeated: the rest may be a secret.
Error unknown_option(const CommandInfo& command, const std::string& word,
                     const std::vector<Option>& options) {
  const std::size_t end = word.starts_with("--") ? word.find('=') : 2;  // of "-kVALUE" the letter
  const std::string name = display_text(word.substr(0, end), kMaxQuote);
  std::vector<std::string> flags;
  for (const Option& option : options) {
    flags.push_back("--" + option.flag);
    for (const std::string& alias : option.aliases) flags.push_back("--" + alias);
  }
  const std::string meant = close_match(name, flags);
  return usage_error(command, "there is no option " + name +
                                  (meant.empty() ? "" : "; did you mean " + meant + "?"));
}

std::string cli11_names(const Option& option) {
  std::string names = option.letter != 0 ? std::string("-") + option.letter + "," : "";
  names += "--" + option.flag;
  for (const std::string& alias : option.aliases) names += ",--" + alias;
  return names;
}

// One CLI::App for one command rather than CLI11's subcommands, which would take the prompt in
// `generate list` for the command `list`.
class Parser {
 public:
  explicit Parser(const std::vector<Option>& options) {
    app_.set_help_flag();  // help.h makes it
    app_.allow_extras();
    for (const Option& option : options) {
      CLI::Option* made = option.argument.empty() ? app_.add_flag(cli11_names(option))
                                                  : app_.add_option(cli11_names(option));
      if (!option.argument.empty()) made->type_size(1)->expected(1);
      made->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      made_.push_back(made);
    }
  }

  // What was written for the option of this index; empty for nothing.
  const std::vector<std::string>& written(std::size_t index) const {
    return made_[index]->results();
  }

  // Returns what is no option. Throws Error{Settings}.
  std::vector<std::string> parse(const CommandInfo& command, const std::vector<std::string>& words,
                                 const std::vector<Option>& options) {
    try {
      app_.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& error) {
      // CLI11 repeats values; its messages begin with the option's name.
      const std::string text = error.what();
      const std::string name = display_text(text.substr(0, text.find(':')), kMaxQuote);
      throw usage_error(command, text.starts_with("-") && text.find(':') != std::string::npos
                                     ? name + " needs a value"
                                     : "an option's value cannot be understood");
    }
    std::vector<std::string> arguments;
    bool only_arguments = false;
    for (const std::string& word : app_.remaining()) {
      if (!only_arguments && word == "--") {
        only_arguments = true;
      } else if (!only_arguments && word.size() > 1 && word.starts_with("-")) {
        throw unknown_option(command, word, options);
      } else {
        arguments.push_back(word);
      }
    }
    return arguments;
  }

 private:
  CLI::App app_;
  std::vector<CLI::Option*> made_;
};

// The last --config, else $AIRFORCE_CONFIG, else the usual file.
std::string config_path(const std::vector<std::string>& written) {
  if (!written.empty()) return written.back();
  const char* path = std::getenv("AIRFORCE_CONFIG");
  return path != nullptr ? path : "";
}

}  // namespace

Error usage_error(const CommandInfo& command, const std::string& message) {
  return {ErrorKind::Settings, Step::Settings, message,
          std::string("see airforce-video ") + command.name + " --help"};
}

void read_command_line(Invocation& invocation, const std::vector<std::string>& words) {
  const CommandInfo& command = *invocation.command;
  refuse_keys(command, words);
  refuse_empty_values(command, words);
  std::vector<Option> options;
  for (OptionGroup& group : options_of(command))
    options.insert(options.end(), group.options.begin(), group.options.end());
  Parser parser(options);
  invocation.arguments = parser.parse(command, words, options);

  for (std::size_t i = 0; i < options.size(); ++i) {
    // Also where the configuration is broken.
    if (options[i].parameter == nullptr && options[i].own == OwnOption::Help &&
        !parser.written(i).empty()) {
      invocation.help = true;
      return;
    }
  }
  std::optional<Config> config;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i].own == OwnOption::Config && options[i].parameter == nullptr)
      config.emplace(config_path(parser.written(i)));
  }
  for (std::size_t i = 0; i < options.size(); ++i) {
    try {
      if (!parser.written(i).empty()) {
        apply(invocation, options[i], parser.written(i));
      } else if (const auto standing = config->of(command, options[i]);
                 standing && !standing->values.empty()) {
        try {
          apply(invocation, options[i], standing->values);
        } catch (Error& error) {
          error.message += " (from " + standing->source + ")";
          throw;
        }
      }
    } catch (const Error& error) {
      throw usage_error(command,
                        error.message + (error.next_step.empty() ? "" : "; " + error.next_step));
    }
  }
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
