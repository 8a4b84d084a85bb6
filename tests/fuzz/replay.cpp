// SPDX-License-Identifier: LGPL-2.1-or-later
// replay DIRECTORY [COUNT]: gives the target each file of the corpus, and so many beginnings of it:
// what a connection that breaks leaves.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz.h"

namespace {

constexpr std::size_t kMaxBeginnings = 200;  // of a file; all of a short one

std::vector<std::uint8_t> bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2 && count != 3) {
    std::fprintf(stderr, "usage: %s DIRECTORY [COUNT]\n", arguments[0]);
    return 2;
  }
  const std::size_t beginnings = count == 3 ? std::stoul(arguments[2]) : kMaxBeginnings;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[1])) {
    const std::vector<std::uint8_t> bytes = bytes_of(entry.path());
    std::printf("%s\n", entry.path().c_str());
    const std::size_t step = std::max<std::size_t>(1, bytes.size() / beginnings);
    // From the whole file down, so that it is among them whatever the step.
    for (std::size_t cut = 0; cut <= bytes.size(); cut += step) {
      const std::size_t size = bytes.size() - cut;
      // A copy of just this size, so that a sanitizer sees a read behind its end.
      const std::vector<std::uint8_t> beginning(bytes.begin(),
                                                bytes.begin() + static_cast<std::ptrdiff_t>(size));
      LLVMFuzzerTestOneInput(beginning.data(), beginning.size());
    }
    ++files;
  }
  ::fuzz::require(files > 0, "the corpus holds something");
  return 0;
}
