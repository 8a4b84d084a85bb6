// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <gio/gio.h>

#include "clip/byte_source.h"
#include "clip/download_policy.h"
#include "clip/partial_file.h"
#include "values/clock.h"

namespace airforce {

// Bytes to fetch: [first, end), or to the end.
struct Piece {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> end;
};

// What a fetch depends on besides the bytes.
struct FetchRules {
  std::string task_id;
  std::uint64_t largest = 0;  // bytes; a larger clip is refused
  Seconds stall{30};
  // Called before another version of the clip takes the place of what is available; empty where
  // that is not for this fetch to decide.
  std::function<void()> before_replace;
};

// How one request ended.
struct FetchOutcome {
  enum class Kind {
    Left,          // the piece is available, or nobody wants more of it from this connection
    Again,         // ask again at once, for it will be another request
    OtherVersion,  // the service has another version of the clip (only without before_replace)
    NoRanges,      // the service gives the clip only as a whole (only without before_replace)
    Cancelled,
    Failed,  // `failure` and what follows
  };
  Kind kind = Kind::Left;
  FailureReason failure = FailureReason::Lost;
  bool permanent = false;      // no further try will help
  int status = 0;              // of the answer, 0 if there was none
  double retry_after = -1;     // s, what the service asked for
  std::string words;           // what happened, for a message
  std::optional<Error> error;  // what a fresh URL, or the first one, failed with
};

// A URL could not be obtained. Throws the error again where a further try is no use.
FetchOutcome outcome_of(const Error& error);

// One GET at a time, and what is done with its bytes. Belongs to one thread.
class RangeFetch {
 public:
  // RangeRequest between reads with the position of the next byte: whether to continue.
  using ShouldContinue = std::function<bool(std::uint64_t position)>;

  RangeFetch(ByteSource& source, PartialFile& partial, FetchRules rules, const Clock& clock);

  // Throws Error for what no further try can help: not an MP4, too large, no room;
  // std::system_error for a failed write.
  FetchOutcome run(const Piece& piece, const ShouldContinue& should_continue,
                   GCancellable* cancellable);

  // New bytes since it was last asked.
  bool take_progress();
  // Whether the service was seen to give ranges.
  bool gives_ranges() const { return gives_ranges_; }

 private:
  struct Body;  // an answer that is being taken

  RangeRequest plan(const Piece& piece, const PartialFile::State& state) const;
  FetchOutcome take(Body& body, const ShouldContinue& should_continue);
  std::optional<FetchOutcome> begin(Body& body);
  std::optional<FetchOutcome> settle_version(Body& body);
  std::optional<FetchOutcome> keep(Body& body, std::span<const char> bytes);
  FetchOutcome ended(Body& body);
  bool is_served(const Body& body) const;
  void check_size(std::uint64_t size, bool is_total) const;
  FetchOutcome start_again();

  ByteSource& source_;
  PartialFile& partial_;
  const FetchRules rules_;
  const Clock& clock_;
  bool plain_ = false;  // ask without a Range
  bool gives_ranges_ = false;
  bool progress_ = false;
};

}  // namespace airforce
