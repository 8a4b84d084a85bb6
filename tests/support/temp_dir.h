// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace airforce::test {

// A fresh directory, gone with everything in it when this object goes.
class TempDir {
 public:
  TempDir();  // throws std::system_error
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ / name; }
  // The names of what is in it.
  std::vector<std::string> entries() const;
  // Writes a file and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

// All of a file's bytes; "" if it can't be read.
std::string read_file(const std::filesystem::path& path);
// In place of what it holds. Throws std::system_error.
void write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace airforce::test
