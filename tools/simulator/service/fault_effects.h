// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of effects: the one place that names them, says what they do and where they apply.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "service/fault.h"

namespace airforce::simulator {

struct Effect {
  const char* name;
  const char* value;  ///< how the help shows its value; "": takes none; "[=…]": may take one
  const char* steps;  ///< one of the constants below
  const char* help;
  std::function<void(Fault&, const std::string&)> apply;  ///< may throw std::invalid_argument
};

// Groups of steps at which an effect makes sense.
inline constexpr char kRequests[] =
    "models create poll confirm stream list delete download thumbnail any";
inline constexpr char kAnswers[] = "models create poll confirm stream list delete any";
inline constexpr char kViews[] = "task poll confirm stream any";
inline constexpr char kTask[] = "task";
inline constexpr char kStream[] = "stream any";
inline constexpr char kDownload[] = "download thumbnail";
inline constexpr char kAll[] =
    "models create poll confirm stream list delete download thumbnail any task";

/// Whether the effect's value is the rest of the fault's text, commas and all.
inline bool takes_the_rest(const std::string& effect) {
  return effect == "message" || effect == "set";
}

/// The table, by groups of steps.
const std::vector<Effect>& effects();

}  // namespace airforce::simulator
