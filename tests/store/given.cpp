// SPDX-License-Identifier: LGPL-2.1-or-later
#include "given.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

namespace airforce::testing {

TempDir::TempDir() {
  std::string name = std::filesystem::temp_directory_path() / "airforce-store-XXXXXX";
  if (g_mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

RequestIdentity request_named(const std::string& name, const std::string& account) {
  return {account, "hash-of-" + name, "wan-2.6", name};
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

void write_file_from_outside(const std::string& path, const std::string& content) {
  const pid_t child = fork();
  if (child == 0) {
    write_file(path, content);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace airforce::testing
