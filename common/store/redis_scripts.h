// SPDX-License-Identifier: LGPL-2.1-or-later
// The steps of the Redis store, each atomic because it is one script. Their text is in lua/.
#pragma once

#include <string>

namespace airforce {

// Keys begin with airforce-video:VERSION: (lua/prelude.lua, lua/beat.lua).
inline constexpr int kRedisKeyVersion = 2;
inline constexpr const char* kRedisKeyPrefix = "airforce-video:2:";

namespace lua {
// Made from lua/*.lua by lua/embed.py.
extern const char* const prelude;
extern const char* const beat;
extern const char* const budget;
extern const char* const charge;
extern const char* const claim;
extern const char* const find;
extern const char* const free;
extern const char* const intents;
extern const char* const record;
extern const char* const settle;
extern const char* const slot;
}  // namespace lua

// A script as the engine gets it: our constants, the prelude, the step.
struct RedisScript {
  explicit RedisScript(const char* step);
  std::string text;
  std::string sha1;
};

}  // namespace airforce
