// SPDX-License-Identifier: LGPL-2.1-or-later
// A fuzz target: one function that any bytes may be given to. With -Dfuzz=true and clang it is
// linked to libFuzzer; in every other build to replay.cpp, which feeds it the corpus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A promise that holds for every input. Not assert(): it must hold in release builds too.
inline void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace fuzz
