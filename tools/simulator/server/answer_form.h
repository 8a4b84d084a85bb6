// SPDX-License-Identifier: LGPL-2.1-or-later
// What a fault does to the JSON of an answer.
#pragma once

#include <string>

#include "service/fault.h"

namespace airforce::simulator {

/// The same answer, with fields dropped, renamed or written otherwise as the fault wants. In a list
/// (`data`) each entry is changed. What is not JSON stays as it is.
std::string reformed(const std::string& json, const Fault& fault);

/// The same JSON with every value of another type; as it is if it is not JSON.
std::string with_wrong_types(const std::string& json);

}  // namespace airforce::simulator
