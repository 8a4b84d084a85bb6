// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <system_error>

namespace airforce {

// What `path` stands for where it is a symbolic link, also one of links whose target does not exist
// yet; else `path`.
inline std::filesystem::path link_target(std::filesystem::path path) {
  constexpr int kMaxLinks = 40;  // as the kernel has it
  std::error_code error;
  for (int links = 0; links < kMaxLinks && std::filesystem::is_symlink(path, error); ++links)
    path = path.parent_path() / std::filesystem::read_symlink(path, error);
  return path;
}

}  // namespace airforce
