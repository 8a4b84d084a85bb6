// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/odd.h"

#include <cstddef>
#include <mutex>
#include <set>

#include <glib.h>

namespace airforce {
namespace {

constexpr std::size_t kMaxRemembered = 200;  // different reports; later ones are dropped

struct Odd {
  std::mutex mutex;  // of the two below
  std::set<std::string> reported;
  std::function<void(const std::string&)> listener;
};

// Lives as long as the process: other threads may still read answers when static objects are
// destroyed.
Odd& odd() {
  static Odd* const instance = new Odd;
  return *instance;
}

}  // namespace

void report_odd(const std::string& what) {
  {
    const std::lock_guard lock(odd().mutex);
    if (odd().listener) return odd().listener(what);
    if (odd().reported.size() >= kMaxRemembered || !odd().reported.insert(what).second) return;
  }
  g_log("airforce-video", G_LOG_LEVEL_DEBUG, "%s", what.c_str());
}

void set_odd_listener(std::function<void(const std::string&)> listener) {
  const std::lock_guard lock(odd().mutex);
  odd().listener = std::move(listener);
}

}  // namespace airforce
