// SPDX-License-Identifier: LGPL-2.1-or-later
// The command line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "service/fault.h"
#include "service/service.h"

namespace airforce::simulator {

/// The key that is accepted when none is given.
inline constexpr char kDefaultKey[] = "sk-air-simulator";

struct Options {
  int port = 0;
  int cdn_port = 0;
  ServiceSettings service;
  int64_t bandwidth = 0;
  double client_timeout = 60;
  bool faststart = true;
  int echo = 0;      ///< frames of a clip that repeat the image it starts from
  double drift = 0;  ///< the share of orange that is mixed into such a clip
  std::map<std::string, std::string> clips;  ///< file by model; "": for every model
  std::vector<Fault> faults;
  bool quiet = false;
  std::string log;  ///< a file's name; empty: stderr
  bool print_environment = false;
  bool die_with_parent = false;
  bool list_faults = false;
  bool fault_tables = false;
  std::string option_table;  ///< of docs/simulator.md; empty: not asked for
  bool version = false;
  std::vector<std::string> command;  ///< what follows `--`
};

/// Reads the command line. Prints the help and exits when that is asked for. Throws
/// std::invalid_argument with a message for the user.
Options parse_options(int argc, char** argv);

}  // namespace airforce::simulator
