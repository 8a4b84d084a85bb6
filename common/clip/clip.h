// SPDX-License-Identifier: LGPL-2.1-or-later
// The MP4 as a random-access file that is still arriving.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include <gio/gio.h>

#include "api/client.h"

namespace airforce {

class Clip;

struct ClipOptions {
  std::string task_id;   // for messages
  std::string location;  // keep it under this name: complete or not at all; "" for none
  std::string cache_directory;               // of the arriving file; "" for the system's temporary directory
  std::uint64_t largest = 64ull << 30;       // bytes; a larger clip is refused
  // Bytes here and in all (-1 while unknown). From the downloading thread, at most some ten times a second, no lock held.
  std::function<void(std::int64_t bytes, std::int64_t total)> progress;
  // Every byte is here and `location` is written. Once, from the downloading thread, no lock held; wait_complete() returns after it.
  std::function<void(const Clip& clip)> completed;
};

// Thread-safe.
class Clip {
 public:
  // Gives the URL to fetch; `refresh` when the last one was refused, so that the task is asked for a new one. Throws Error.
  using UrlProvider = std::function<std::string(bool refresh, GCancellable* cancellable)>;

  virtual ~Clip() = default;

  // Blocks until `buffer` can be filled or the clip ends. Returns the count, 0 at the end. Throws Error{Interrupted} while flushing,
  // Error{Cancelled}, or what the download failed with if those bytes will never come.
  virtual std::size_t read_at(std::uint64_t offset, std::span<char> buffer) = 0;
  virtual std::int64_t size() const = 0;                           // -1 while unknown
  virtual std::int64_t available(std::uint64_t offset) const = 0;  // contiguous bytes that are here
  virtual void set_flushing(bool flushing) = 0;                    // never blocks
  virtual void cancel() = 0;                                       // never blocks; for good
  // Blocks until every byte is here and `location` is written. Throws Error.
  virtual void wait_complete() = 0;
  // The complete file's path while this object lives ("" if it has none); after wait_complete().
  virtual std::string path() const = 0;
};

// Starts fetching in a thread of its own. `client` outlives it.
std::unique_ptr<Clip> download_clip(api::Client& client, Clip::UrlProvider url, ClipOptions options);
// A finished clip on disk, copied to options.location if that is set. Throws Error{File}.
std::unique_ptr<Clip> open_clip(const std::string& path, ClipOptions options);

}  // namespace airforce
