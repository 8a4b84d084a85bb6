// SPDX-License-Identifier: LGPL-2.1-or-later
// The sequential fetch. The one ahead of it is in downloader_ahead.cpp.
#include "clip/downloader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <pthread.h>

#include "clip/download_error.h"
#include "clip/mp4_check.h"
#include "retry/wait.h"
#include "values/text.h"

namespace airforce {
namespace {

constexpr double kProgressSeconds = 0.1;
constexpr double kMarkSeconds = 1;
constexpr std::chrono::milliseconds kProgressPeriod(100);
// Requests in a row that were answered well without a new byte. A few happen where two fetches
// meet.
constexpr int kIdleRequests = 4;

}  // namespace

Downloader::Downloader(std::unique_ptr<ByteSource> source, PartialFile& partial,
                       ClipOptions options, std::function<void()> completed,
                       DownloadEnvironment environment)
    : source_(std::move(source)),
      partial_(partial),
      options_(std::move(options)),
      completed_(std::move(completed)),
      environment_(std::move(environment)),
      cancellable_(g_cancellable_new()) {
  if (!environment_.random) environment_.random = g_random_double;
  if (!environment_.sleep) {
    environment_.sleep = [this](double seconds, GCancellable* cancellable) {
      wait_cancellably(Seconds(seconds), Deadline::never(environment_.clock), cancellable);
    };
  }
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "airforce-clip");
    fetch_all();
  });
}

Downloader::~Downloader() {
  cancel();
  thread_.join();
  stop_ahead();
}

void Downloader::cancel() {
  GObjectPtr<GCancellable> ahead;
  {
    auto shared = shared_.lock();
    shared->stopping = true;
    if (shared->ahead.cancellable) ahead = share(shared->ahead.cancellable.get());
    changed_.notify_all();
  }
  g_cancellable_cancel(cancellable_.get());
  if (ahead) g_cancellable_cancel(ahead.get());
}

FetchRules Downloader::rules() const {
  FetchRules rules;
  rules.task_id = options_.task_id;
  rules.largest = options_.largest;
  rules.stall = options_.limits.stall;
  return rules;
}

void Downloader::fetch_all() {
  try {
    fetch_sequentially();
    finish();
  } catch (const Error& error) {
    partial_.fail(in_download(error, options_.task_id, partial_.arrived()));
  } catch (const std::system_error& failure) {
    partial_.fail(file_error(failure, options_.task_id, partial_.arrived()));
  } catch (const std::exception& failure) {
    partial_.fail(
        download_error(ErrorKind::Internal, failure.what(), options_.task_id, partial_.arrived()));
  }
  // After a failure nothing more is to come.
  stop_ahead();
}

void Downloader::fetch_sequentially() {
  auto sequential_rules = rules();
  sequential_rules.before_replace = [this] {
    stop_ahead();
    moov_finder_ = {};
    prefetched_.reset();
    if (++versions_ > options_.limits.versions) {
      throw download_error(ErrorKind::Clip, "the clip keeps changing at the service",
                           options_.task_id, partial_.arrived());
    }
  };
  RangeFetch fetch(*source_, partial_, std::move(sequential_rules), environment_.clock);
  Pace pace(options_.limits);
  const auto should_continue = [&](std::uint64_t position) {
    if (pace.drips(partial_.arrived().bytes, environment_.clock.elapsed()))
      throw download_error(ErrorKind::Network,
                           "the clip can't be fetched: next to nothing came for long",
                           options_.task_id, partial_.arrived());
    allow_ahead(fetch.gives_ranges());
    return continue_sequentially(position);
  };
  RetryState tries(options_.limits);
  int idle = 0;
  while (const auto piece = next_piece()) {
    auto outcome = fetch.run(*piece, should_continue, cancellable_.get());
    if (fetch.take_progress()) {
      tries.progress();
      partial_.set_trouble("");
      idle = 0;
    } else if (outcome.kind == FetchOutcome::Kind::Left && ++idle > kIdleRequests) {
      outcome.kind = FetchOutcome::Kind::Failed;
      outcome.failure = FailureReason::BadAnswer;
      outcome.words = "the server returned a different range than requested";
    }
    recover(outcome, tries, cancellable_.get());
  }
}

// What to fetch next; unset when the download is complete. Waits where the other thread is fetching
// just that.
std::optional<Piece> Downloader::next_piece() {
  auto shared = shared_.lock();
  for (;;) {
    const auto [first, next, total] = partial_.reach(0);
    if (total && first >= *total) return std::nullopt;
    if (shared->stopping || !ahead_brings(*shared, first)) {
      shared->position = first;
      shared->mark = shared->older_mark = {first, environment_.clock.elapsed()};
      Piece piece{first, std::nullopt};
      if (next != ByteRanges::kNone) piece.end = next;
      const Ahead& ahead = shared->ahead;
      if (ahead.running && ahead.first > first)
        piece.end = std::min(ahead.first, piece.end.value_or(ahead.first));
      return piece;
    }
    shared.wait_for(changed_, kProgressPeriod);
    shared.unlocked([this] { report_progress(); });
  }
}

bool Downloader::continue_sequentially(std::uint64_t position) {
  find_moov(position);
  report_progress();
  auto shared = shared_.lock();
  measure(*shared, position);
  shared->position = position;
  shared->alive_at = environment_.clock.elapsed();
  changed_.notify_all();
  // A reader who waits for the other connection gets the full bandwidth.
  shared.wait_for(changed_, kMaxYield,
                  [&] { return shared->stopping || !serves_the_reader_ahead(*shared); });
  return !shared->stopping && !ahead_brings(*shared, position);
}

void Downloader::measure(Shared& shared, std::uint64_t position) const {
  const auto now = environment_.clock.elapsed();
  if (now - shared.mark.time < kMarkSeconds) return;
  shared.older_mark = std::exchange(shared.mark, {position, now});
}

// How fast the sequential fetch is now; falls while nothing comes.
double Downloader::bytes_per_second(const Shared& shared) const {
  const auto seconds = environment_.clock.elapsed() - shared.older_mark.time;
  if (shared.position <= shared.older_mark.position || seconds <= 0) return 0;
  return static_cast<double>(shared.position - shared.older_mark.position) / seconds;
}

// Continues the search for moov, and has it fetched ahead where it is far behind the media data.
void Downloader::find_moov(std::uint64_t position) {
  while (const auto header = moov_finder_.next_header()) {
    const auto [here, next, total] = partial_.reach(*header);
    if (!total || *header >= *total) return;
    const auto needed = std::min<std::uint64_t>(BoxHeader::kMax, *total - *header);
    if (here < needed) {
      if (*header <= position || prefetched_ == header) return;
      if (plan_ahead(*shared_.lock(), *header, false)) prefetched_ = header;
      return;
    }
    std::array<char, BoxHeader::kMax> bytes{};
    const auto count = partial_.file().read(*header, std::span(bytes).first(needed));
    moov_finder_.feed(std::span(bytes).first(count));
    if (moov_finder_.next_header() == header) return;
  }
}

void Downloader::report_progress(bool always) {
  if (!options_.progress) return;
  const auto now = environment_.clock.elapsed();
  if (!always && reported_at_ >= 0 && now - reported_at_ < kProgressSeconds) return;
  reported_at_ = now;
  const auto arrived = partial_.arrived();
  options_.progress(static_cast<std::int64_t>(arrived.bytes),
                    arrived.total ? static_cast<std::int64_t>(*arrived.total) : -1);
}

// What the service gives as the whole clip may be a part of it, or no clip at all. That is not
// delivered: a later run fetches it again.
void Downloader::check_whole(std::uint64_t total) {
  const auto read = [this](std::uint64_t offset, std::span<char> buffer) {
    return partial_.file().read(offset, buffer);
  };
  if (const auto end = end_of_cut_box(total, read)) {
    throw download_error(ErrorKind::Clip, "the clip is cut short at the service", options_.task_id,
                         {total, *end});
  }
  if (const auto problem = problem_of_whole_mp4(total, read))
    throw not_playable(*problem, options_.task_id, {total, total});
}

void Downloader::finish() {
  stop_ahead();
  report_progress(true);
  const auto total = partial_.reach(0).total.value_or(0);
  check_whole(total);
  if (!partial_.file().commit(total, cancellable_.get())) {
    throw download_error(ErrorKind::Cancelled, "the download was cancelled", options_.task_id,
                         partial_.arrived());
  }
  partial_.set_path(partial_.file().path());
  partial_.set_location(partial_.file().location());
  if (completed_) completed_();
  partial_.complete();
}

// A pause that the service asks for is waited out where it ends in time. Where none is allowed, an
// answer that refuses is the end, and a connection that broke is not.
bool Downloader::allows_retry(const FetchOutcome& outcome) const {
  if (!options_.max_pause) return true;
  const std::optional<double> max_pause = options_.max_pause();
  return max_pause ? outcome.retry_after <= *max_pause : outcome.status == 0;
}

// After one request: returns when the next one is due. Throws Error when it is not worth one. Not
// retry_until(): each request continues where the last one ended, and new bytes forgive failures.
void Downloader::recover(FetchOutcome outcome, RetryState& tries, GCancellable* cancellable) {
  const bool needs_url =
      outcome.kind == FetchOutcome::Kind::Failed && outcome.failure == FailureReason::Refused;
  for (;;) {
    const auto arrived = partial_.arrived();
    if (g_cancellable_is_cancelled(cancellable) || outcome.kind == FetchOutcome::Kind::Cancelled) {
      throw download_error(ErrorKind::Cancelled, "the download was cancelled", options_.task_id,
                           arrived);
    }
    if (outcome.kind != FetchOutcome::Kind::Failed) return;

    const auto wait = tries.after(outcome.failure, outcome.retry_after, environment_.random());
    const bool is_allowed = allows_retry(outcome);
    if (!is_allowed && outcome.retry_after >= 0)
      outcome.words += "; it asks for a pause that ends after the deadline";
    if (!wait || outcome.permanent || !is_allowed) {
      if (outcome.error) throw *outcome.error;
      auto error = given_up_error(outcome.failure, tries.only_cut_short(), outcome.status,
                                  outcome.words, options_.task_id, arrived);
      error.retry_after_seconds = outcome.retry_after;
      throw error;
    }
    const std::string words = display_message(outcome.words, 200);
    partial_.set_trouble(needs_url ? "its URL is refused: " + words : words);
    if (*wait > 0) environment_.sleep(*wait, cancellable);
    if (!needs_url) return;
    try {
      source_->refresh(cancellable);
      return;
    } catch (const Error& error) {
      outcome = outcome_of(error);
    }
  }
}

}  // namespace airforce
