// SPDX-License-Identifier: LGPL-2.1-or-later
// A partially downloaded MP4 as a random-access file.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <gio/gio.h>

#include "api/client.h"
#include "clip/mp4_check.h"
#include "retry/policies.h"
#include "values/clock.h"
#include "values/guarded.h"

namespace airforce {

class Clip;

// How long a download continues without receiving anything, or next to nothing. Every new byte
// resets the counts of tries.
struct RetryLimits {
  int tries = 10;     // in a row
  int versions = 4;   // of the clip in all: how often it may change at the service
  Seconds stall{30};  // without a byte, then the connection counts as lost
  // Fewer in so long a time are a drip, and end the download.
  std::uint64_t least_bytes = 64 << 10;
  Seconds least_time{600};
  Seconds first_wait{0.1};  // before the second try; doubles with each further one, with jitter
  Seconds max_wait{20};
  Seconds gone = kGone;          // of waiting while its URL and fresh ones are refused
  Seconds max_retry_after{300};  // a service that asks for more ends the download
};

struct ClipOptions {
  std::string task_id;   // for messages
  std::string location;  // keep it under this name: complete or not at all; "" for none
  // false: a file that has that name when the clip is complete stays, and the clip is kept under a
  // name beside it.
  bool replace = true;
  // For the partial file where there is no location; "" for the system's one for large temporary
  // files.
  std::string cache_directory;
  std::uint64_t largest = 64ull << 30;  // bytes; a larger clip is refused
  RetryLimits limits;
  // Seconds that a pause which the service asks for may last by now, beside the limit in
  // `limits`; nullopt: the first answer that refuses ends the download. Empty: that limit alone.
  // From the downloading threads.
  std::function<std::optional<double>()> max_pause;
  // Downloaded and total bytes (-1 while unknown). From the downloading thread, at most some ten
  // times a second, no lock held.
  std::function<void(std::int64_t bytes, std::int64_t total)> progress;
  // The download is complete and `location` is written. Once, from the downloading thread, no lock
  // held; wait_complete() returns after it.
  std::function<void(const Clip& clip)> completed;
};

// Thread-safe.
class Clip {
 public:
  // Gives the URL to fetch; `refresh` when the last one was refused, so that the task is asked for
  // a new one. Called from the downloading threads, one call at a time. Throws Error: Network,
  // Server and Busy are tried again.
  using UrlProvider = std::function<std::string(bool refresh, GCancellable* cancellable)>;

  virtual ~Clip() = default;

  // Blocks until `buffer` can be filled or the clip ends. Returns the count, 0 at the end. Throws
  // Error{Interrupted} while flushing, Error{Cancelled}, or what the download failed with if those
  // bytes will never come.
  // Once check_playable() has returned, boxes behind the index are checked before a byte of them is
  // given: throws Error{Clip} where a demuxer must not see them.
  std::size_t read_at(std::uint64_t offset, std::span<char> buffer);
  // The same, but throws Error{Timeout} when nothing can be read at the deadline.
  virtual std::size_t read_until(const Deadline& deadline, std::uint64_t offset,
                                 std::span<char> buffer) = 0;
  virtual std::int64_t size() const = 0;                           // -1 while unknown
  virtual std::int64_t available(std::uint64_t offset) const = 0;  // contiguous downloaded bytes
  virtual void set_flushing(bool flushing) = 0;                    // never blocks
  virtual void cancel() = 0;                                       // never blocks; permanent
  // Blocks until the download is complete and `location` is written. Throws Error.
  virtual void wait_complete() = 0;
  // From `completed` on: a path by which this process can open the complete file while this
  // object lives. Without a location the file has no name of its own, and this is one below /proc.
  virtual std::string path() const = 0;
  // The name that it is kept under; ClipOptions::location until it is complete, "" for none.
  virtual std::string location() const = 0;

 private:
  friend void check_playable(Clip& clip, const std::string& task_id, const Deadline& deadline);
  void check_before(std::uint64_t end);
  std::optional<std::uint64_t> known_size() const;

  struct Check {
    Mp4Check boxes;
    std::string task_id;
  };
  Guarded<Check> check_;  // locked while bytes are waited for
  // Bytes before this have been checked.
  std::atomic<std::uint64_t> checked_ = std::numeric_limits<std::uint64_t>::max();
};

// Throws Error{File} where a clip can't be kept under this name (no such directory, no permission,
// a name that the file system refuses), so that it is known before anything is bought. "" is fine.
void check_location(const std::string& location);

// Starts fetching in a thread of its own. `client` outlives it. Throws Error{File} where the file
// can't be made.
std::unique_ptr<Clip> download_clip(api::Client& client, Clip::UrlProvider url,
                                    const ClipOptions& options);
// Returns when the clip is known to be a playable MP4: box headers and the index have been
// downloaded and checked. Throws Error{Clip} where it is none, Error{Timeout} at the deadline, and
// what read_at() throws.
void check_playable(Clip& clip, const std::string& task_id, const Deadline& deadline);

// A finished clip on disk, copied to options.location by wait_complete() if that is set. Throws
// Error{File}.
std::unique_ptr<Clip> open_clip(const std::string& path, ClipOptions options);

}  // namespace airforce
