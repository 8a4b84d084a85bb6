// SPDX-License-Identifier: LGPL-2.1-or-later
// The fetch ahead of the sequential one.
#include <algorithm>
#include <chrono>
#include <utility>

#include <pthread.h>

#include "clip/downloader.h"

namespace airforce {
namespace {

// What a fetch gets before it goes elsewhere, so that a reader who jumps to and fro (a file that is
// not interleaved) does not cost a request for every read.
constexpr std::uint64_t kMinFetch = 256 * 1024;
// A reader who has to wait longer than this ends the fetch that is in his way.
constexpr double kPatienceSeconds = 0.2;
// After a failure the sequential fetch is left alone with it for so long.
constexpr double kPauseSeconds = 5;
constexpr int kTries = 3;
constexpr double kMaxStallSeconds = 10;
constexpr double kMaxWaitSeconds = 1;
// A fetch to which nothing has come for so long is not counted upon by the other.
constexpr double kAliveSeconds = 0.5;

}  // namespace

void Downloader::want(std::uint64_t offset) {
  Lock lock(mutex_);
  want(lock, offset, true);
}

// `urgent`: a reader waits, so that a fetch elsewhere has to make way. Must be called with `lock`
// held. Returns whether it is, or will be, fetched ahead.
bool Downloader::want(Lock&, std::uint64_t offset, bool urgent) {
  if (stopping_ || ahead_.barred || ahead_.refused || !ranges_given_) return false;
  const auto total = partial_.reach(offset).total;
  if (!total || offset >= *total || offset < position_) return false;
  if (!is_worth_a_second_fetch(offset - position_, bytes_per_second())) return false;
  const auto now = environment_.clock.elapsed();
  if (now < ahead_.not_before) return false;

  if (ahead_.running) {
    const bool is_coming = offset >= ahead_.position &&
                           !is_worth_a_second_fetch(offset - ahead_.position, bytes_per_second());
    if (is_coming) return true;
    if (!urgent) return false;
    if (!ahead_.target) ahead_.target_since = now;
    ahead_.target = offset;
    if (now - ahead_.target_since > kPatienceSeconds && ahead_.cancellable) {
      g_cancellable_cancel(ahead_.cancellable.get());
    }
    changed_.notify_all();
    return true;
  }

  // It is over but for its return, for which it needs no lock.
  if (ahead_thread_.joinable()) ahead_thread_.join();
  ahead_.target = offset;
  ahead_.target_since = now;
  try {
    ahead_thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "airforce-ahead");
      fetch_ahead();
    });
    ahead_.running = true;
  } catch (const std::system_error&) {
    // No thread to be had: the sequential fetch gets there too.
    ahead_.not_before = now + kPauseSeconds;
  }
  return ahead_.running;
}

// Returns when no byte of it can come any more; none is started until allow_ahead().
void Downloader::stop_ahead() {
  Lock lock(mutex_);
  ahead_.barred = true;
  ahead_.refused = false;
  ahead_.target.reset();
  if (ahead_.cancellable) g_cancellable_cancel(ahead_.cancellable.get());
  changed_.notify_all();
  changed_.wait(lock, [this] { return !ahead_.running; });
  if (ahead_thread_.joinable()) ahead_thread_.join();
}

void Downloader::allow_ahead(bool ranges_given) {
  const Lock lock(mutex_);
  ranges_given_ = ranges_given;
  ahead_.barred = false;
}

void Downloader::fetch_ahead() {
  Lock lock(mutex_);
  while (!stopping_ && !ahead_.barred && ahead_.target) {
    const auto target = *std::exchange(ahead_.target, std::nullopt);
    const auto [here, next, total] = partial_.reach(target);
    const auto first = target + here;
    if (total && first >= *total) continue;
    Piece piece{first, std::nullopt};
    if (next != ByteRanges::kNone) piece.end = next;
    ahead_.first = first;
    ahead_.position = first;
    ahead_.answered = false;
    ahead_.alive_at = environment_.clock.elapsed();
    ahead_.cancellable.reset(g_cancellable_new());
    const auto cancellable = share(ahead_.cancellable.get());
    lock.unlock();
    fetch_ahead_piece(piece, cancellable.get());
    lock.lock();
  }
  ahead_.running = false;
  ahead_.cancellable.reset();
  changed_.notify_all();
}

void Downloader::fetch_ahead_piece(Piece piece, GCancellable* cancellable) {
  auto timeouts = options_.timeouts;
  timeouts.tries = std::min(timeouts.tries, kTries);
  timeouts.stall_seconds = std::min(timeouts.stall_seconds, kMaxStallSeconds);
  timeouts.longest_wait = std::min(timeouts.longest_wait, kMaxWaitSeconds);
  timeouts.longest_retry_after = std::min(timeouts.longest_retry_after, kMaxWaitSeconds);
  auto ahead_rules = rules();
  ahead_rules.stall_seconds = timeouts.stall_seconds;
  const auto go_on = [this](std::uint64_t position) { return go_on_ahead(position); };
  const auto pause = [this] {
    const Lock lock(mutex_);
    ahead_.not_before = environment_.clock.elapsed() + kPauseSeconds;
  };

  RetryState tries(timeouts);
  try {
    RangeFetch fetch(*source_, partial_, std::move(ahead_rules), environment_.clock);
    for (;;) {
      const auto outcome = fetch.run(piece, go_on, cancellable);
      if (fetch.take_progress()) tries.progress();
      using Kind = FetchOutcome::Kind;
      if (outcome.kind == Kind::NoRanges || outcome.kind == Kind::OtherVersion) {
        const Lock lock(mutex_);
        ahead_.refused = true;
        return;
      }
      recover(outcome, tries, cancellable);
      {
        const Lock lock(mutex_);
        if (ahead_.position == piece.first && outcome.kind == Kind::Left) return;
        piece.first = ahead_.position;
      }
      const auto [here, next, total] = partial_.reach(piece.first);
      if (here > 0 || (total && piece.first >= *total) || !go_on(piece.first)) return;
    }
  } catch (const std::exception&) {
    // The sequential fetch meets the same trouble, and tells of it.
    if (!g_cancellable_is_cancelled(cancellable)) pause();
  }
}

bool Downloader::go_on_ahead(std::uint64_t position) {
  Lock lock(mutex_);
  ahead_.position = position;
  ahead_.answered = true;
  ahead_.alive_at = environment_.clock.elapsed();
  changed_.notify_all();
  const auto must_leave = [this, position] {
    return stopping_ || ahead_.barred || (ahead_.target && position - ahead_.first >= kMinFetch);
  };
  if (partial_.reach(position).here > 0) return false;
  changed_.wait_for(lock, kMaxYield, [&] {
    return must_leave() || ahead_.target || !serves_the_reader_in_sequence();
  });
  return !must_leave();
}

// Must be called with mutex_ held, like all below.
bool Downloader::is_alive(double alive_at) const {
  return environment_.clock.elapsed() - alive_at < kAliveSeconds;
}

// Whether the byte at `position` is the next that comes from the fetch ahead.
bool Downloader::ahead_brings(std::uint64_t position) const {
  return ahead_.running && ahead_.position == position && is_alive(ahead_.alive_at);
}

// Whether a reader waits for what the fetch ahead is bringing, and nobody for the other.
bool Downloader::serves_the_reader_ahead() const {
  if (!ahead_.running || !ahead_.answered || !is_alive(ahead_.alive_at)) return false;
  const auto waited = partial_.waited_for(ahead_.position);
  return waited != ByteRanges::kNone &&
         !is_worth_a_second_fetch(waited - ahead_.position, bytes_per_second()) &&
         partial_.waited_for(position_) >= ahead_.position;
}

// The same for the sequential fetch.
bool Downloader::serves_the_reader_in_sequence() const {
  if (!is_alive(alive_at_)) return false;
  const auto waited = partial_.waited_for(position_);
  return waited < ahead_.position &&
         !is_worth_a_second_fetch(waited - position_, bytes_per_second()) &&
         partial_.waited_for(ahead_.position) == ByteRanges::kNone;
}

}  // namespace airforce
