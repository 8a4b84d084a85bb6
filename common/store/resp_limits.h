// SPDX-License-Identifier: LGPL-2.1-or-later
// What a Redis may send in one reply. hiredis allocates an array as soon as its length is
// announced, so lengths are looked at before it sees them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace airforce {

class RespLimits {
 public:
  // The longest real reply is a list of 10,000 intents.
  static constexpr std::int64_t kMaxElements = 100'000;  // of one array
  static constexpr std::int64_t kMaxBytes = 16 << 20;    // of a reply

  // To be called before each reply.
  void begin() { *this = {}; }
  // Takes the next bytes as they come. False: they announce, or are, too much.
  bool accept(std::string_view bytes);

 private:
  bool accept_line();

  std::int64_t received_ = 0;
  std::int64_t elements_ = 0;
  std::int64_t skip_ = 0;  // bytes of a bulk string, and the line's end behind it
  std::string line_;       // as much of it as counts
};

}  // namespace airforce
