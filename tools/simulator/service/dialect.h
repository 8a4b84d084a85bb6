// SPDX-License-Identifier: LGPL-2.1-or-later
// Which of the two public descriptions of the API the simulator follows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace airforce::simulator {

enum class Dialect {
  kReference,  ///< the reference page
  kSdk,        ///< the vendor's SDKs and their description of the API
};

/// "reference" or "sdk"; nullopt for any other name.
inline std::optional<Dialect> dialect_of(std::string_view name) {
  if (name == "reference") return Dialect::kReference;
  if (name == "sdk") return Dialect::kSdk;
  return std::nullopt;
}

}  // namespace airforce::simulator
