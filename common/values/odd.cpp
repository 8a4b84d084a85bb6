// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/odd.h"

#include <cstddef>
#include <set>

#include <glib.h>

#include "values/guarded.h"

namespace airforce {
namespace {

constexpr std::size_t kMaxRemembered = 200;  // different reports; later ones are dropped

struct Odd {
  std::set<std::string> reported;
  std::function<void(const std::string&)> listener;
};

// Lives as long as the process: other threads may still read answers when static objects are
// destroyed.
Guarded<Odd>& odd() {
  static auto* const instance = new Guarded<Odd>;
  return *instance;
}

}  // namespace

void report_odd(const std::string& what) {
  {
    auto state = odd().lock();
    if (state->listener) return state->listener(what);
    if (state->reported.size() >= kMaxRemembered || !state->reported.insert(what).second) return;
  }
  g_log("airforce-video", G_LOG_LEVEL_DEBUG, "%s", what.c_str());
}

void set_odd_listener(std::function<void(const std::string&)> listener) {
  odd().lock()->listener = std::move(listener);
}

}  // namespace airforce
