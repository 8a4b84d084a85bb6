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
constexpr double kMakeWaySeconds = 0.2;
// After a failure the sequential fetch is left alone with it for so long.
constexpr double kPauseSeconds = 5;
constexpr int kMaxAttempts = 3;
constexpr Seconds kMaxStall{10};
constexpr Seconds kMaxWait{1};
// A fetch to which nothing has arrived for so long is not counted upon by the other.
constexpr double kAliveSeconds = 0.5;

}  // namespace

void Downloader::want(std::uint64_t offset) {
  plan_ahead(*shared_.lock(), offset, true);
}

// `urgent`: a reader waits, so that a fetch elsewhere has to make way. Returns whether it is, or
// will be, fetched ahead.
bool Downloader::plan_ahead(Shared& shared, std::uint64_t offset, bool urgent) {
  Ahead& ahead = shared.ahead;
  if (shared.stopping || ahead.barred || ahead.refused || !shared.ranges_given) return false;
  const auto total = partial_.reach(offset).total;
  if (!total || offset >= *total || offset < shared.position) return false;
  if (!is_worth_a_second_fetch(offset - shared.position, bytes_per_second(shared))) return false;
  const auto now = environment_.clock.elapsed();
  if (now < ahead.not_before) return false;

  if (ahead.running) {
    const bool is_coming =
        offset >= ahead.position &&
        !is_worth_a_second_fetch(offset - ahead.position, bytes_per_second(shared));
    if (is_coming) return true;
    if (!urgent) return false;
    if (!ahead.target) ahead.target_since = now;
    ahead.target = offset;
    if (now - ahead.target_since > kMakeWaySeconds && ahead.cancellable) {
      g_cancellable_cancel(ahead.cancellable.get());
    }
    changed_.notify_all();
    return true;
  }

  // It is over but for its return, for which it needs no lock.
  if (shared.ahead_thread.joinable()) shared.ahead_thread.join();
  ahead.target = offset;
  ahead.target_since = now;
  try {
    shared.ahead_thread = std::thread([this] {
      pthread_setname_np(pthread_self(), "airforce-ahead");
      fetch_ahead();
    });
    ahead.running = true;
  } catch (const std::system_error&) {
    // No thread is available: the sequential fetch gets there too.
    ahead.not_before = now + kPauseSeconds;
  }
  return ahead.running;
}

// Returns when no byte of it can come any more; none is started until allow_ahead().
void Downloader::stop_ahead() {
  auto shared = shared_.lock();
  Ahead& ahead = shared->ahead;
  ahead.barred = true;
  ahead.refused = false;
  ahead.target.reset();
  if (ahead.cancellable) g_cancellable_cancel(ahead.cancellable.get());
  changed_.notify_all();
  shared.wait(changed_, [&] { return !ahead.running; });
  if (shared->ahead_thread.joinable()) shared->ahead_thread.join();
}

void Downloader::allow_ahead(bool ranges_given) {
  auto shared = shared_.lock();
  shared->ranges_given = ranges_given;
  shared->ahead.barred = false;
}

void Downloader::fetch_ahead() {
  auto shared = shared_.lock();
  Ahead& ahead = shared->ahead;
  while (!shared->stopping && !ahead.barred && ahead.target) {
    const auto target = *std::exchange(ahead.target, std::nullopt);
    const auto [here, next, total] = partial_.reach(target);
    const auto first = target + here;
    if (total && first >= *total) continue;
    Piece piece{first, std::nullopt};
    if (next != ByteRanges::kNone) piece.end = next;
    ahead.first = first;
    ahead.position = first;
    ahead.answered = false;
    ahead.alive_at = environment_.clock.elapsed();
    ahead.cancellable.reset(g_cancellable_new());
    const auto cancellable = share(ahead.cancellable.get());
    shared.unlocked([&] { fetch_ahead_piece(piece, cancellable.get()); });
  }
  ahead.running = false;
  ahead.cancellable.reset();
  changed_.notify_all();
}

void Downloader::fetch_ahead_piece(Piece piece, GCancellable* cancellable) {
  auto limits = options_.limits;
  limits.tries = std::min(limits.tries, kMaxAttempts);
  limits.stall = std::min(limits.stall, kMaxStall);
  limits.max_wait = std::min(limits.max_wait, kMaxWait);
  limits.max_retry_after = std::min(limits.max_retry_after, kMaxWait);
  auto ahead_rules = rules();
  ahead_rules.stall = limits.stall;
  const auto should_continue = [this](std::uint64_t position) { return continue_ahead(position); };
  const auto pause = [this] {
    shared_.lock()->ahead.not_before = environment_.clock.elapsed() + kPauseSeconds;
  };

  RetryState tries(limits);
  try {
    RangeFetch fetch(*source_, partial_, std::move(ahead_rules), environment_.clock);
    for (;;) {
      const auto outcome = fetch.run(piece, should_continue, cancellable);
      if (fetch.take_progress()) tries.progress();
      using Kind = FetchOutcome::Kind;
      if (outcome.kind == Kind::NoRanges || outcome.kind == Kind::OtherVersion) {
        shared_.lock()->ahead.refused = true;
        return;
      }
      recover(outcome, tries, cancellable);
      {
        const auto shared = shared_.lock();
        if (shared->ahead.position == piece.first && outcome.kind == Kind::Left) return;
        piece.first = shared->ahead.position;
      }
      const auto [here, next, total] = partial_.reach(piece.first);
      if (here > 0 || (total && piece.first >= *total) || !should_continue(piece.first)) return;
    }
  } catch (const std::exception&) {
    // The sequential fetch meets the same failure, and reports it.
    if (!g_cancellable_is_cancelled(cancellable)) pause();
  }
}

bool Downloader::continue_ahead(std::uint64_t position) {
  auto shared = shared_.lock();
  Ahead& ahead = shared->ahead;
  ahead.position = position;
  ahead.answered = true;
  ahead.alive_at = environment_.clock.elapsed();
  changed_.notify_all();
  const auto must_leave = [&] {
    return shared->stopping || ahead.barred ||
           (ahead.target && position - ahead.first >= kMinFetch);
  };
  if (partial_.reach(position).here > 0) return false;
  shared.wait_for(changed_, kMaxYield, [&] {
    return must_leave() || ahead.target || !serves_the_reader_in_sequence(*shared);
  });
  return !must_leave();
}

bool Downloader::is_alive(double alive_at) const {
  return environment_.clock.elapsed() - alive_at < kAliveSeconds;
}

// Whether the byte at `position` is the next that comes from the fetch ahead.
bool Downloader::ahead_brings(const Shared& shared, std::uint64_t position) const {
  const Ahead& ahead = shared.ahead;
  return ahead.running && ahead.position == position && is_alive(ahead.alive_at);
}

// Whether a reader waits for what the fetch ahead is bringing, and nobody for the other.
bool Downloader::serves_the_reader_ahead(const Shared& shared) const {
  const Ahead& ahead = shared.ahead;
  if (!ahead.running || !ahead.answered || !is_alive(ahead.alive_at)) return false;
  const auto waited = partial_.waited_for(ahead.position);
  return waited != ByteRanges::kNone &&
         !is_worth_a_second_fetch(waited - ahead.position, bytes_per_second(shared)) &&
         partial_.waited_for(shared.position) >= ahead.position;
}

// The same for the sequential fetch.
bool Downloader::serves_the_reader_in_sequence(const Shared& shared) const {
  if (!is_alive(shared.alive_at)) return false;
  const auto waited = partial_.waited_for(shared.position);
  return waited < shared.ahead.position &&
         !is_worth_a_second_fetch(waited - shared.position, bytes_per_second(shared)) &&
         partial_.waited_for(shared.ahead.position) == ByteRanges::kNone;
}

}  // namespace airforce
