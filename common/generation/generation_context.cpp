// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/generation_context.h"

#include <algorithm>
#include <cmath>

namespace airforce {
namespace {

// A sleeping machine stops poll()'s clock but not the deadline's: look again that often.
constexpr double kMaxPoll = 5;

}  // namespace

void GenerationContext::warn(const std::string& text) const {
  GenerationEvent event;
  event.kind = GenerationEvent::Kind::Warning;
  event.text = text;
  tell(event);
}

void GenerationContext::check_cancelled() const {
  if (g_cancellable_is_cancelled(cancellable))
    throw Error(ErrorKind::Cancelled, Step::Follow, "cancelled");
}

void GenerationContext::wait(double seconds) const {
  const double until = std::min(now() + seconds, deadline);
  GPollFD fd{};
  const bool has_fd = g_cancellable_make_pollfd(cancellable, &fd);
  for (double left = until - now(); left > 0 && !g_cancellable_is_cancelled(cancellable);
       left = until - now())
    g_poll(&fd, has_fd ? 1 : 0,
           static_cast<int>(std::ceil(std::min(left, has_fd ? kMaxPoll : 0.05) * 1000)));
  if (has_fd) g_cancellable_release_fd(cancellable);
  check_cancelled();
}

}  // namespace airforce
