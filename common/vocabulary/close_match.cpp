// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vocabulary/close_match.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <glib.h>

namespace airforce {
namespace {

char folded(char character) {
  return character == '-' ? '_' : g_ascii_tolower(character);
}

// Inserted, removed, replaced and swapped characters (optimal string alignment), by rows.
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last(to.size() + 1);
  std::vector<std::size_t> last(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const auto same = [&](std::size_t a, std::size_t b) {
        return folded(from[a - 1]) == folded(to[b - 1]);
      };
      row[j] = std::min({last[j - 1] + (same(i, j) ? 0 : 1), last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && same(i, j - 1) && same(i - 1, j);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row.back();
}

// The shortest name that begins with `text`: half a name is no slip of the finger, but a habit.
std::string begun_name(std::string_view text, const std::vector<std::string>& candidates) {
  std::string_view word = text;
  while (word.starts_with('-')) word.remove_prefix(1);
  if (word.size() < 3) return {};
  std::string best;
  for (const std::string& candidate : candidates) {
    if (candidate.size() <= text.size() || edits(text, candidate.substr(0, text.size())) != 0)
      continue;
    if (best.empty() || candidate.size() < best.size()) best = candidate;
  }
  return best;
}

// The shortest name one of whose words this is: "ratio" for "aspect-ratio".
std::string name_with_word(std::string_view text, const std::vector<std::string>& candidates) {
  while (text.starts_with('-')) text.remove_prefix(1);
  if (text.size() < 3) return {};
  std::string best;
  for (const std::string& candidate : candidates) {
    for (std::size_t at = 0; at < candidate.size();) {
      const std::size_t end = std::min(candidate.find_first_of("-_", at), candidate.size());
      const std::string_view word = std::string_view(candidate).substr(at, end - at);
      if (word.size() == text.size() && edits(text, word) == 0 &&
          (best.empty() || candidate.size() < best.size()))
        best = candidate;
      at = end + 1;
    }
  }
  return best;
}

}  // namespace

std::string close_match(std::string_view text, const std::vector<std::string>& candidates) {
  constexpr std::size_t kMaxName =
      64;  // what is longer is no slip of the finger, and would cost time
  if (text.size() > kMaxName) return {};
  std::string best;
  std::size_t fewest = kMaxName;
  for (const std::string& candidate : candidates) {
    const std::size_t count = edits(text, candidate);
    const std::size_t allowed =
        std::max<std::size_t>(1, std::max(text.size(), candidate.size()) / 3);
    if (count <= allowed && count < fewest) {
      fewest = count;
      best = candidate;
    }
  }
  const std::string begun = begun_name(text, candidates);
  if (!begun.empty() && fewest > 1) return begun;
  return best.empty() ? name_with_word(text, candidates) : best;
}

}  // namespace airforce
