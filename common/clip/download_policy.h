// SPDX-License-Identifier: LGPL-2.1-or-later
// What an answer to a request for a clip's bytes means, and how long it is worth continuing. Pure:
// no I/O, no clock, no randomness.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "clip/clip.h"
#include "clip/content_range.h"

namespace airforce {

// What distinguishes versions of a clip.
struct ClipVersion {
  std::string etag;
  std::string last_modified;
  bool dated =
      false;  // last_modified is older than the answer, so that it identifies (RFC 9110, 8.8.2.2)
  std::optional<std::uint64_t> total;  // size in bytes

  // What If-Range may carry; "" if nothing is strong enough.
  std::string validator() const;
  // An ETag that is not weak: equal ones mean equal bytes.
  bool is_strong() const;
};

enum class VersionMatch {
  Same,     // equal strong ETags
  Alike,    // a weak ETag or a date agrees: very likely the same, compare bytes where that is cheap
  Unknown,  // nothing to compare
  Changed,  // something differs
};
VersionMatch compare(const ClipVersion& known, const ClipVersion& version);

// A request for bytes.
struct RangeRequest {
  bool ranged = true;                // with a Range header
  std::uint64_t first = 0;           // 0 without one
  std::optional<std::uint64_t> end;  // exclusive; unset: to the end
};

// The head of its answer.
struct RangeResponse {
  int status = 0;
  ClipVersion version;
  std::string content_range;
  std::optional<std::uint64_t> content_length;
  bool accepts_ranges = false;
  bool encoded = false;  // compressed on the way: lengths and offsets are of something else
  double retry_after = -1;
};

// Why a try came to nothing.
enum class FailureReason {
  Unreachable,  // the request was not delivered
  Lost,         // no answer, or not a whole one
  Stalled,      // nothing came for long
  CutShort,     // the answer was good, and ended before its time
  Refused,      // 4xx: a fresh URL may help
  Busy,         // 429, 503
  ServerError,  // other 5xx
  BadAnswer,    // an answer that HTTP does not allow, or that is of no use
};

struct Decision {
  enum class Action {
    Take,        // the body is the clip from `at` to `end`
    WholeHere,   // nothing lies at or after what was asked for: `first` is the size
    StartAgain,  // another version: what is available is worth nothing
    AskPlain,    // ask again without a Range
    FreshUrl,    // ask the task for a new URL, then again
    TryAgain,    // later
    GiveUp,      // nothing will help
  };
  Action action = Action::TryAgain;
  FailureReason failure = FailureReason::BadAnswer;  // FreshUrl, TryAgain, GiveUp
  std::uint64_t at = 0;
  std::optional<std::uint64_t> end;                 // exclusive; unset: until the stream ends
  ClipVersion version;                              // with the size, where the response has it
  VersionMatch version_match = VersionMatch::Same;  // to what was known
};
Decision judge(const RangeRequest& asked, const RangeResponse& response, const ClipVersion& known);

// Where a request for the bytes from `missing` on should begin: some bytes earlier where only a
// comparison can show that the clip is still the same. `here` bytes lie in one piece before
// `missing`.
std::uint64_t resume_at(const ClipVersion& known, std::uint64_t missing, std::uint64_t here);

// Whether a reader who waits for a byte so far ahead of the sequential fetch is worth a second
// connection.
bool is_worth_a_second_fetch(std::uint64_t gap, double bytes_per_second);

// Whether a download advances, or drips: each byte comes in time, and all of them never.
class Pace {
 public:
  explicit Pace(const RetryLimits& limits) : limits_(limits) {}
  // Called after each read with the count of all bytes. A read counts as `stall` at most: a process
  // may have been stopped meanwhile.
  bool drips(std::uint64_t bytes, double now);

 private:
  const RetryLimits& limits_;
  std::uint64_t bytes_ = 0;     // at the beginning of what is measured
  double seconds_ = 0;          // since then
  std::optional<double> last_;  // read
};

// Counts what went wrong since bytes last came.
class RetryState {
 public:
  explicit RetryState(const RetryLimits& limits) : limits_(limits) {}

  // New bytes came: all is forgiven.
  void progress();
  // Seconds to wait before the next try; unset: give up. `retry_after`: what the service asked for,
  // -1 if nothing; `random`: [0, 1). A refusal ends nothing before it has been waited out for as
  // long as proves that the clip is gone.
  std::optional<double> after(FailureReason failure, double retry_after, double random);
  // Whether every try since the last byte succeeded and was cut short: then no further byte is
  // available.
  bool only_cut_short() const { return failures_ > 0 && cut_short_ == failures_; }
  int failures() const { return failures_; }

 private:
  RetryLimits limits_;
  int failures_ = 0;
  int cut_short_ = 0;
  int refusals_ = 0;
  Seconds refused_{0};  // that was waited because of refusals
};

}  // namespace airforce
