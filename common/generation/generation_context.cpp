// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/generation_context.h"

#include "retry/wait.h"

namespace airforce {

void GenerationContext::warn(const std::string& text) const {
  GenerationEvent event;
  event.kind = GenerationEvent::Kind::Warning;
  event.text = text;
  report(event);
}

void GenerationContext::check_cancelled() const {
  if (g_cancellable_is_cancelled(cancellable))
    throw Error(ErrorKind::Cancelled, Step::Follow, "cancelled");
}

void GenerationContext::wait(Seconds seconds) const {
  wait_cancellably(seconds, deadline, cancellable);
  check_cancelled();
}

void GenerationContext::restart_timeout() const {
  deadline = Deadline(clock, Seconds(settings.number(Parameter::timeout)));
  client.set_deadline(deadline.elapsed());
}

}  // namespace airforce
