// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/range_fetch.h"

#include <algorithm>
#include <utility>

#include "clip/download_error.h"
#include "clip/mp4_boxes.h"
#include "http/body.h"
#include "http/retry_after.h"
#include "retry/retry.h"
#include "values/json.h"
#include "values/text.h"

namespace airforce {
namespace {

// Of the first bytes, which are collected until they show what they are.
constexpr std::size_t kFirstPiece = 64 * 1024;
constexpr std::size_t kMaxPiece = 256 * 1024;
// A downloaded part of at most this size is fetched again rather than skipped by a new request.
constexpr std::uint64_t kReadThrough = 1024 * 1024;
// For the words of a refusal.
constexpr double kRefusalSeconds = 2;

RangeResponse response_from(const http::ResponseHeaders& head, const Clock& clock) {
  RangeResponse response;
  response.status = head.status;
  response.version.etag = head.header("ETag");
  response.version.last_modified = head.header("Last-Modified");
  const auto date = head.header("Date");
  // Both have a resolution of a second, and nothing is modified after it was answered: if they
  // differ, the clip is older.
  response.version.dated = !date.empty() && date != response.version.last_modified;
  response.content_range = head.header("Content-Range");
  response.content_length = parse_byte_count(head.header("Content-Length"));
  response.accepts_ranges = head.header("Accept-Ranges") == "bytes";
  const auto encoding = head.header("Content-Encoding");
  response.encoded = !encoding.empty() && encoding != "identity";
  response.retry_after =
      http::retry_after(head.header("Retry-After"), clock.unix_time()).value_or(-1);
  return response;
}

FetchOutcome outcome(FetchOutcome::Kind kind) {
  FetchOutcome made;
  made.kind = kind;
  return made;
}

FetchOutcome failed(FailureReason failure, std::string words) {
  auto made = outcome(FetchOutcome::Kind::Failed);
  made.failure = failure;
  made.words = std::move(words);
  return made;
}

// An account that is locked, and for how long to wait, may be reported in the body alone.
void heed(FetchOutcome& refused, const ApiError& said) {
  refused.retry_after = std::max(refused.retry_after, said.retry_after_seconds.value_or(-1));
  if (!is_locked(said.code) && !is_locked(said.type) && !is_locked(said.message)) return;
  refused.words += ", the account is locked for a while";
  refused.failure = FailureReason::Busy;
  refused.permanent = refused.retry_after < 0;
}

FetchOutcome failed(const http::TransportError& error, bool answered) {
  using Kind = http::TransportError::Kind;
  switch (error.kind) {
    case Kind::Cancelled: return outcome(FetchOutcome::Kind::Cancelled);
    case Kind::Unreachable: return failed(FailureReason::Unreachable, error.message);
    case Kind::TimedOut: return failed(FailureReason::Stalled, error.message);
    default: return failed(answered ? FailureReason::CutShort : FailureReason::Lost, error.message);
  }
}

}  // namespace

FetchOutcome outcome_of(const Error& error) {
  if (is_locked(error) && error.retry_after_seconds < 0) throw error;
  FailureReason failure = FailureReason::Lost;
  switch (error.kind) {
    case ErrorKind::Cancelled: return outcome(FetchOutcome::Kind::Cancelled);
    case ErrorKind::Network:
      failure = error.delivered ? FailureReason::Lost : FailureReason::Unreachable;
      break;
    case ErrorKind::Server: failure = FailureReason::ServerError; break;
    case ErrorKind::Busy: failure = FailureReason::Busy; break;
    default: throw error;
  }
  auto made = failed(failure, error.message);
  made.retry_after = error.retry_after_seconds;
  made.status = error.http_status;
  made.error = error;
  return made;
}

struct RangeFetch::Body {
  http::ByteStream& stream;
  const Decision& decision;
  const PartialFile::State& state;  // before it was asked for
  GCancellable* cancellable;
  bool partial = false;  // 206
  unsigned serial = 0;
  std::uint64_t position = 0;
  std::string begun;  // the first bytes of the clip, which were read and not yet kept

  bool compares() const { return decision.version_match != VersionMatch::Same; }
};

RangeFetch::RangeFetch(ByteSource& source, PartialFile& partial, FetchRules rules,
                       const Clock& clock)
    : source_(source), partial_(partial), rules_(std::move(rules)), clock_(clock) {}

bool RangeFetch::take_progress() {
  return std::exchange(progress_, false);
}

RangeRequest RangeFetch::plan(const Piece& piece, const PartialFile::State& state) const {
  RangeRequest asked;
  if (plain_) {
    asked.ranged = false;
    return asked;
  }
  // The sequential fetch has everything before the piece to compare with; a fetch ahead has
  // nothing.
  const bool sequential = state.ranges.contiguous(0) == piece.first;
  asked.first = resume_at(state.version, piece.first, sequential ? piece.first : 0);
  asked.end = piece.end;
  return asked;
}

FetchOutcome RangeFetch::run(const Piece& piece, const ShouldContinue& should_continue,
                             GCancellable* cancellable) {
  const auto state = partial_.state();
  const auto asked = plan(piece, state);
  std::optional<api::Range> range;
  if (asked.ranged) {
    range.emplace();
    range->first = asked.first;
    if (asked.end) range->last = *asked.end - 1;
  }

  bool answered = false;
  try {
    const bool resumes = asked.ranged && state.anything_known;
    const auto stream = source_.open(range, resumes ? state.version.validator() : "", cancellable);
    const auto& head = stream->head();
    const auto response = response_from(head, clock_);
    const auto decision = judge(asked, response, state.version);
    if (decision.action != Decision::Action::Take) {
      auto made = failed(decision.failure, "the service answered " + std::to_string(head.status) +
                                               (head.reason.empty() ? "" : " ") +
                                               display_message(head.reason, 60));
      made.status = head.status;
      made.retry_after = response.retry_after;
      if (head.status >= 400 && head.status != 416)
        heed(made, read_api_error(
                       http::beginning_of_body(*stream, kRefusalSeconds, clock_, cancellable)));
      switch (decision.action) {
        case Decision::Action::WholeHere:
          partial_.set_total(asked.first);
          return outcome(FetchOutcome::Kind::Left);
        case Decision::Action::StartAgain: return start_again();
        case Decision::Action::AskPlain:
          if (!rules_.before_replace) return outcome(FetchOutcome::Kind::NoRanges);
          plain_ = true;
          return outcome(FetchOutcome::Kind::Again);
        case Decision::Action::GiveUp: made.permanent = true; break;
        default: break;
      }
      return made;
    }
    answered = true;
    Body body{*stream, decision, state, cancellable};
    body.partial = response.status == 206;
    gives_ranges_ = body.partial || response.accepts_ranges;
    body.serial = state.serial;
    body.position = decision.at;
    return take(body, should_continue);
  } catch (const http::TransportError& error) {
    return failed(error, answered);
  } catch (const Error& error) {
    if (answered) throw;
    return outcome_of(error);
  }
}

FetchOutcome RangeFetch::take(Body& body, const ShouldContinue& should_continue) {
  if (const auto refused = begin(body)) return *refused;
  if (!body.begun.empty()) {
    if (const auto stopped = keep(body, body.begun)) return *stopped;
  }
  while (!is_served(body) && should_continue(body.position)) {
    using Outcome = http::ByteStream::Outcome;
    std::span<const char> bytes;
    switch (body.stream.next(kMaxPiece, bytes, rules_.stall.count(), body.cancellable)) {
      case Outcome::Bytes: break;
      case Outcome::End: return ended(body);
      case Outcome::Silent:
        return failed(FailureReason::Stalled, "the service sent nothing for long");
    }
    if (const auto stopped = keep(body, bytes)) return *stopped;
  }
  return outcome(FetchOutcome::Kind::Left);
}

// Reads enough to distinguish an MP4 from an error page, before anybody else sees a byte of it;
// then makes the answer's version the current one.
std::optional<FetchOutcome> RangeFetch::begin(Body& body) {
  if (body.position == 0) {
    while (body.begun.size() < kMp4BeginSize) {
      std::span<const char> bytes;
      const auto got = body.stream.next(kFirstPiece, bytes, rules_.stall.count(), body.cancellable);
      if (got == http::ByteStream::Outcome::Silent) {
        return failed(FailureReason::Stalled, "the service sent nothing for long");
      }
      if (got == http::ByteStream::Outcome::End) {
        if (body.decision.end && body.begun.size() < *body.decision.end) {
          return failed(FailureReason::CutShort, "the clip ended at once");
        }
        break;
      }
      body.begun.append(bytes.data(), bytes.size());
    }
    if (!begins_like_mp4(body.begun)) {
      const std::string problem = "is " + describe_begin(body.begun);
      // In the middle of a download it is some proxy's word, not the clip.
      if (body.state.ranges.contiguous(0) > 0)
        return failed(FailureReason::BadAnswer, "it " + problem);
      throw not_playable(problem, rules_.task_id, partial_.arrived());
    }
  }
  return settle_version(body);
}

std::optional<FetchOutcome> RangeFetch::settle_version(Body& body) {
  const auto& decision = body.decision;
  if (decision.version.total) check_size(*decision.version.total, true);
  const bool whole_again = !body.partial && !body.state.ranges.empty();
  const bool changed = decision.version_match == VersionMatch::Changed;
  const bool unsure = decision.version_match == VersionMatch::Unknown && body.state.anything_known;
  if (!rules_.before_replace) {
    if (!body.partial) return outcome(FetchOutcome::Kind::NoRanges);
    const bool same_size = body.state.version.total && decision.version.total;
    if (changed || (unsure && !same_size)) return outcome(FetchOutcome::Kind::OtherVersion);
  } else if (changed || (unsure && whole_again)) {
    rules_.before_replace();
    body.serial = partial_.replace(decision.version);
    return std::nullopt;
  }
  partial_.adopt(decision.version);
  return std::nullopt;
}

std::optional<FetchOutcome> RangeFetch::keep(Body& body, std::span<const char> bytes) {
  // More than was announced belongs to nobody.
  if (body.decision.end) {
    const auto rest = *body.decision.end - std::min(*body.decision.end, body.position);
    bytes = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), rest)));
  }
  check_size(body.position + bytes.size(), false);
  const auto put = partial_.put(body.serial, body.position, bytes, body.compares());
  body.position = put.offset;
  progress_ = progress_ || put.fresh > 0;
  if (put.outdated) return outcome(FetchOutcome::Kind::Again);
  if (!put.same) return start_again();
  return std::nullopt;
}

// The received bytes differ from the downloaded ones.
FetchOutcome RangeFetch::start_again() {
  if (!rules_.before_replace) return outcome(FetchOutcome::Kind::OtherVersion);
  rules_.before_replace();
  partial_.replace({});
  return outcome(FetchOutcome::Kind::Again);
}

FetchOutcome RangeFetch::ended(Body& body) {
  auto expected = body.decision.end;
  if (!expected) expected = partial_.reach(0).total;
  if (!expected) {
    // Nobody has said how long it is. If its boxes end here, so does the clip.
    const auto read = [this](std::uint64_t offset, std::span<char> buffer) {
      return partial_.file().read(offset, buffer);
    };
    if (boxes_are_whole(body.position, read)) {
      partial_.set_total(body.position);
      return outcome(FetchOutcome::Kind::Left);
    }
  }
  if (expected && body.position >= *expected) return outcome(FetchOutcome::Kind::Left);
  return failed(FailureReason::CutShort, "the connection ended early");
}

// Whether the rest of this body is worth nothing.
bool RangeFetch::is_served(const Body& body) const {
  if (body.decision.end && body.position >= *body.decision.end) return true;
  const auto [here, next, total] = partial_.reach(body.position);
  if (here == 0) return false;
  const bool to_the_end = total && body.position + here >= *total;
  // Without an ETag the comparison with the downloaded bytes is the only sign that it is still
  // the same clip.
  if (here <= kReadThrough && (!to_the_end || body.compares())) return false;
  return to_the_end || body.partial;
}

void RangeFetch::check_size(std::uint64_t size, bool is_total) const {
  auto arrived = partial_.arrived();
  if (is_total) arrived.total = size;
  if (size > rules_.largest) {
    throw download_error(
        ErrorKind::Clip,
        "the clip is larger than the limit of " + std::to_string(rules_.largest) + " bytes",
        rules_.task_id, arrived);
  }
  if (!is_total) return;
  const auto needed = size - std::min(size, arrived.bytes);
  const auto free_bytes = partial_.file().free_bytes();
  if (needed > free_bytes) {
    throw no_room_error(partial_.file().directory(), free_bytes, rules_.task_id, arrived);
  }
}

}  // namespace airforce
