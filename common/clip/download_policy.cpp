// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/download_policy.h"

#include <algorithm>

#include "retry/backoff.h"

namespace airforce {
namespace {

bool is_weak(const std::string& etag) {
  return etag.starts_with("W/");
}

std::string opaque(const std::string& etag) {
  return is_weak(etag) ? etag.substr(2) : etag;
}

Decision decision(Decision::Action action, FailureReason failure = FailureReason::BadAnswer) {
  Decision made;
  made.action = action;
  made.failure = failure;
  return made;
}

Decision take(const RangeResponse& response, const ClipVersion& known, std::uint64_t at,
              std::optional<std::uint64_t> end, std::optional<std::uint64_t> total) {
  Decision made = decision(Decision::Action::Take);
  made.at = at;
  made.end = end;
  made.version = response.version;
  made.version.total = total;
  made.version_match = compare(known, made.version);
  return made;
}

// An answer that gives a range, but none that helps.
Decision useless_range(const RangeRequest& asked) {
  return decision(asked.ranged ? Decision::Action::AskPlain : Decision::Action::TryAgain);
}

Decision judge_partial(const RangeRequest& asked, const RangeResponse& response,
                       const ClipVersion& known) {
  const auto range = parse_content_range(response.content_range);
  if (!range || !range->piece || response.encoded) return useless_range(asked);
  // Earlier than asked for is fine, what is available already is skipped; later leaves a gap.
  if (range->piece->first > asked.first || range->piece->last < asked.first) {
    return useless_range(asked);
  }
  Decision made = take(response, known, range->piece->first, range->piece->last + 1, range->size);
  if (made.version_match == VersionMatch::Changed && made.at > 0)
    made.action = Decision::Action::StartAgain;
  return made;
}

Decision judge_unsatisfiable(const RangeRequest& asked, const RangeResponse& response,
                             const ClipVersion& known) {
  const auto range = parse_content_range(response.content_range);
  const bool gives_size = range && !range->piece && range->size;
  if (!asked.ranged) return decision(Decision::Action::TryAgain);
  if (!gives_size || asked.first == 0) return decision(Decision::Action::AskPlain);
  if (known.total && *known.total != *range->size) return decision(Decision::Action::StartAgain);
  if (*range->size == asked.first) return decision(Decision::Action::WholeHere);
  return decision(*range->size < asked.first ? Decision::Action::StartAgain
                                             : Decision::Action::AskPlain);
}

}  // namespace

std::string ClipVersion::validator() const {
  if (is_strong()) return etag;
  return etag.empty() && dated ? last_modified : std::string();
}

bool ClipVersion::is_strong() const {
  return !etag.empty() && !is_weak(etag);
}

VersionMatch compare(const ClipVersion& known, const ClipVersion& version) {
  if (known.total && version.total && *known.total != *version.total) return VersionMatch::Changed;
  if (!known.etag.empty() && !version.etag.empty()) {
    if (opaque(known.etag) != opaque(version.etag)) return VersionMatch::Changed;
    return known.is_strong() && version.is_strong() ? VersionMatch::Same : VersionMatch::Alike;
  }
  if (!known.last_modified.empty() && !version.last_modified.empty()) {
    return known.last_modified == version.last_modified ? VersionMatch::Alike
                                                        : VersionMatch::Changed;
  }
  return VersionMatch::Unknown;
}

Decision judge(const RangeRequest& asked, const RangeResponse& response, const ClipVersion& known) {
  switch (response.status) {
    case 200: {
      const auto length = response.encoded ? std::nullopt : response.content_length;
      return take(response, known, 0, length, length);
    }
    case 206: return judge_partial(asked, response, known);
    case 416: return judge_unsatisfiable(asked, response, known);
    case 408:
    case 425: return decision(Decision::Action::TryAgain, FailureReason::ServerError);
    case 429:
    case 503: return decision(Decision::Action::TryAgain, FailureReason::Busy);
    case 501:
    case 505: return decision(Decision::Action::GiveUp, FailureReason::ServerError);
    default: break;
  }
  // A redirect that gets here was refused or is one too many.
  if (response.status >= 300 && response.status < 400) return decision(Decision::Action::GiveUp);
  if (response.status >= 400 && response.status < 500) {
    return decision(Decision::Action::FreshUrl, FailureReason::Refused);
  }
  if (response.status >= 500)
    return decision(Decision::Action::TryAgain, FailureReason::ServerError);
  return decision(Decision::Action::TryAgain);
}

std::uint64_t resume_at(const ClipVersion& known, std::uint64_t missing, std::uint64_t here) {
  constexpr std::uint64_t kOverlap = 64 * 1024;
  if (known.is_strong()) return missing;
  return missing - std::min({missing, here, kOverlap});
}

bool is_worth_a_second_fetch(std::uint64_t gap, double bytes_per_second) {
  // What comes within a few round trips anyway is not worth a request.
  constexpr std::uint64_t kNear = 512 * 1024;
  constexpr double kSoonSeconds = 0.2;
  return gap > kNear && static_cast<double>(gap) > bytes_per_second * kSoonSeconds;
}

bool Pace::drips(std::uint64_t bytes, double now) {
  if (last_) seconds_ += std::min(now - *last_, limits_.stall.count());
  last_ = now;
  // Fewer where another version of the clip began.
  if (bytes < bytes_ || bytes - bytes_ >= limits_.least_bytes) {
    bytes_ = bytes;
    seconds_ = 0;
  }
  return seconds_ > limits_.least_time.count();
}

void RetryState::progress() {
  failures_ = 0;
  cut_short_ = 0;
  refusals_ = 0;
  refused_ = Seconds(0);
}

std::optional<double> RetryState::after(FailureReason failure, double retry_after, double random) {
  ++failures_;
  if (failure == FailureReason::CutShort) ++cut_short_;
  if (failure == FailureReason::Refused) ++refusals_;
  // A service that keeps ending at the same byte has no more: that need not take as long as an
  // outage.
  constexpr int kMaxCutShort = 5;
  if (failures_ - refusals_ >= limits_.tries) return std::nullopt;
  const bool is_refusal = failure == FailureReason::Refused;
  if (is_refusal && refused_ >= limits_.gone) return std::nullopt;
  if (only_cut_short() && failures_ >= kMaxCutShort) return std::nullopt;
  if (retry_after > limits_.max_retry_after.count()) return std::nullopt;
  // The first fresh URL is asked for at once: that a URL expires is no sign of trouble.
  if (is_refusal && refusals_ == 1) return std::max(0.0, retry_after);
  // A clip that lags behind is noticed soon.
  constexpr Seconds kMaxRefusedWait{5};
  const Seconds max_wait =
      is_refusal ? std::min(limits_.max_wait, kMaxRefusedWait) : limits_.max_wait;
  const RetryPolicy policy{limits_.first_wait, max_wait};
  const double wait =
      std::max(pause_after(policy, static_cast<unsigned>(failures_), random).count(), retry_after);
  if (is_refusal) refused_ += Seconds(wait);
  return wait;
}

}  // namespace airforce
