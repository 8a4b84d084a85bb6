// SPDX-License-Identifier: LGPL-2.1-or-later
// One writer for each output file: a claim of its name that holds over all processes of one user on
// this machine.
#pragma once

#include <optional>
#include <string>

#include "values/unique_fd.h"

namespace airforce {

// Holds the name until it is destroyed or its process ends, however that ends. Nothing is left on
// disk. Two spellings of one path (a symbolic link, "./x") are one name.
class OutputClaim {
 public:
  // nullopt where another claim holds the name. Where claims are not possible (a sandbox without
  // sockets), the claim is granted.
  static std::optional<OutputClaim> take(const std::string& path);

 private:
  explicit OutputClaim(UniqueFd socket) : socket_(std::move(socket)) {}

  UniqueFd socket_;
};

}  // namespace airforce
