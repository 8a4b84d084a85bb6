// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vocabulary/close_match.h"

#include <algorithm>
#include <numeric>

#include <glib.h>

namespace airforce {
namespace {

char folded(char character) {
  return character == '-' ? '_' : g_ascii_tolower(character);
}

// Levenshtein's distance, by rows.
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (folded(from[i]) == folded(to[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string close_match(std::string_view text, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestName =
      64;  // what is longer is no slip of the finger, and would cost time
  if (text.size() > kLongestName) return {};
  std::string best;
  std::size_t fewest = kLongestName;
  for (const std::string& candidate : candidates) {
    const std::size_t count = edits(text, candidate);
    const std::size_t allowed =
        std::max<std::size_t>(1, std::max(text.size(), candidate.size()) / 3);
    if (count <= allowed && count < fewest) {
      fewest = count;
      best = candidate;
    }
  }
  return best;
}

}  // namespace airforce
