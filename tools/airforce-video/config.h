// SPDX-License-Identifier: LGPL-2.1-or-later
// Defaults of options that nobody wrote on the command line: the environment, then a file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands.h"

namespace airforce::cli {

struct Default {
  std::vector<std::string> values;  // "true", "false" of a switch
  std::string source;               // "AIRFORCE_MODEL", "model in FILE": for messages
};

// The settings of a user who has habits. In TOML: names as on the command line without their
// dashes, "model = \"wan-2.6\""; below "[list]" only for that command.
class Config {
 public:
  // `path` "" is $XDG_CONFIG_HOME/airforce-video.toml where that exists; "none" is no file. Throws
  // Error{Settings} for a file that cannot be read or has a name that no command knows.
  explicit Config(const std::string& path);

  // The default of this option: $AIRFORCE_NAME, else the file's; nullopt for none. What describes
  // a single clip (the prompt, images, a task) has none.
  std::optional<Default> of(const CommandInfo& command, const Option& option) const;

 private:
  struct Item {
    std::string command;  // "" for all
    std::string name;
    std::vector<std::string> values;
  };
  std::string path_;
  std::vector<Item> items_;
};

}  // namespace airforce::cli
