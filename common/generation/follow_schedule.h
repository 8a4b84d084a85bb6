// SPDX-License-Identifier: LGPL-2.1-or-later
// When to poll, and when to open the event stream: pure, of events and a given time. All times are
// Clock::elapsed().
#pragma once

#include "retry/policies.h"
#include "values/settings.h"

namespace airforce {

// While the stream lives nothing is polled. When it is silent for a poll interval, polling
// continues beside it, so that a hung or dead stream costs at most one interval. However streams
// misbehave, they and the polls beside them are never more than the polls of polling alone and two:
// a stream is opened again only where the last ones have saved as many.
class FollowSchedule {
 public:
  FollowSchedule(ProgressSource source, Seconds poll_interval, Seconds now, const Random& random);

  bool should_open_stream(Seconds now) const {
    return !streaming_ && stream_wanted_ && now >= stream_due();
  }
  bool should_poll(Seconds now) const;
  // When the next of both is due.
  Seconds next_due() const;

  void stream_opened(Seconds now);
  // Bytes came over the stream. News report as much as a poll; all else only that the stream lives,
  // which puts polling off for three intervals at most.
  void stream_lived(Seconds now, bool is_news);
  // The stream ended, broke or could not be opened. `permanent`: this service has none. `retry`:
  // its `retry:` or Retry-After, negative if there was none.
  void stream_ended(Seconds now, bool permanent, Seconds retry);
  // Nothing came for so long that a new connection is worth more.
  bool stream_is_dead(Seconds now) const;
  // The service asked for a pause of everything.
  void pause(Seconds now, Seconds duration);

  // A poll reported something; the next waits longer, up to three intervals (contract: every 5 to
  // 15 s).
  void polled(Seconds now);
  // `answered`: the service was there. Where it was not, the stream waits for the next poll: a port
  // that opens its stream first and falls with it would never be polled.
  void poll_failed(Seconds now, Seconds retry_after, bool answered);
  // The stream reported a final state: ask at once, and soon again should the answer lag behind.
  void poll_soon(Seconds now);

 private:
  Seconds poll_due() const;
  Seconds stream_due() const;
  // When polling alone would have asked for the n-th time, from 0.
  Seconds alone(int n) const;
  // progress_source=stream polls only without a stream, or to confirm what it reported.
  bool polls() const { return source_ != ProgressSource::Stream || !streaming_ || soon_; }

  ProgressSource source_;
  Seconds interval_;
  Seconds start_;
  int asked_ = 0;  // streams, and polls that were answered
  Seconds growing_interval_;
  bool stream_wanted_;
  bool streaming_ = false;
  bool soon_ = false;
  Seconds next_poll_;
  Seconds next_stream_;
  Seconds opened_at_{-1e9};  // the last stream
  Seconds polled_at_{-1e9};  // the last poll was answered, or failed
  Seconds last_life_{0};
  Seconds last_event_{0};
  Backoff poll_backoff_;
  Backoff stream_backoff_;
  Backoff soon_backoff_;
};

}  // namespace airforce
