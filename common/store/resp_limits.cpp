// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/resp_limits.h"

#include <algorithm>

#include <glib.h>

namespace airforce {
namespace {

constexpr std::size_t kLineStart = 32;  // a type and a length

}  // namespace

bool RespLimits::accept(std::string_view bytes) {
  received_ += static_cast<std::int64_t>(bytes.size());
  if (received_ > kMaxBytes) return false;
  while (!bytes.empty()) {
    if (skip_ > 0) {
      const auto skipped = std::min<std::int64_t>(skip_, static_cast<std::int64_t>(bytes.size()));
      bytes.remove_prefix(static_cast<std::size_t>(skipped));
      skip_ -= skipped;
      continue;
    }
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    line_ += part.substr(0, kLineStart - std::min(kLineStart, line_.size()));
    if (end == std::string_view::npos) return true;
    bytes.remove_prefix(end + 1);
    if (!accept_line()) return false;
    line_.clear();
  }
  return true;
}

bool RespLimits::accept_line() {
  if (line_.size() < 2) return true;
  const std::int64_t length = g_ascii_strtoll(line_.c_str() + 1, nullptr, 10);
  switch (line_[0]) {
    case '$':
      skip_ = length >= 0 ? std::min<std::int64_t>(length, kMaxBytes) + 2 : 0;
      return length <= kMaxBytes;
    // Arrays, and the maps, sets and pushes of later protocols.
    case '*':
    case '%':
    case '~':
    case '>':
      elements_ += std::max<std::int64_t>(length, 0);
      return length <= kMaxElements && elements_ <= 10 * kMaxElements;
    default: return true;
  }
}

}  // namespace airforce
