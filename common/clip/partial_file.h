// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "clip/byte_ranges.h"
#include "clip/clip_file.h"
#include "clip/download_error.h"
#include "clip/download_policy.h"
#include "retry/deadline.h"
#include "values/error.h"
#include "values/guarded.h"

namespace airforce {

// A clip's file and what is known of it, between the threads that fetch and those that read.
// Thread-safe; no function blocks on the network, and only readers wait.
//
// Versions: all downloaded bytes, and all that a reader ever gets, are of one version. When the
// service turns out to have another, the downloaded bytes become `stale`: they no longer count, and
// a reader that has read some of them gets no further byte until the bytes of the new version have
// been compared with all of them. If they differ, readers get an error, and the download of the new
// version continues.
class PartialFile {
 public:
  // `directory`, `location`, `replace`: as in ClipFile. Throws std::system_error.
  PartialFile(const std::string& location, const std::string& directory, std::string task_id,
              bool replace = true);

  // --- For readers (as in Clip).
  // `wanted` is called, with no lock held, before a wait for a byte, and now and then while it
  // lasts.
  using Wanted = std::function<void(std::uint64_t offset)>;
  // Throws Error{Timeout} when there is nothing to read at the deadline; null: never.
  std::size_t read_at(std::uint64_t offset, std::span<char> buffer, const Wanted& wanted,
                      const Deadline* deadline = nullptr);
  std::int64_t size() const;
  std::int64_t available(std::uint64_t offset) const;
  void set_flushing(bool flushing);
  void cancel();
  void wait_complete();
  std::string path() const;
  std::string location() const;

  // --- For the threads that fetch.
  struct State {
    unsigned serial = 0;  // of the version
    ClipVersion version;
    bool anything_known = false;  // a response has arrived
    ByteRanges ranges;
  };
  State state() const;
  DownloadedRange arrived() const;
  struct Reach {
    std::uint64_t here = 0;              // bytes in one piece from the offset on
    std::uint64_t next = 0;              // the next downloaded byte after them, or kNone
    std::optional<std::uint64_t> total;  // size of the clip
  };
  Reach reach(std::uint64_t offset) const;
  // The lowest byte that a reader waits for, at or after `offset`; kNone if there is none.
  std::uint64_t waited_for(std::uint64_t offset) const;

  // A response matches the known version: adds its further fields.
  void adopt(const ClipVersion& version);
  // It does not match. Returns the new serial.
  unsigned replace(const ClipVersion& version);
  // How large the clip turned out to be.
  void set_total(std::uint64_t total);

  struct Put {
    bool same =
        true;  // false: `compare` found other bytes at `offset`, from where on nothing was written
    bool outdated = false;     // the version has changed meanwhile
    std::uint64_t offset = 0;  // after the last byte that was written or compared
    std::uint64_t fresh = 0;   // bytes that were missing
  };
  // Bytes of version `serial`. Those already downloaded are skipped, and compared if `compare` is
  // set. Throws std::system_error.
  Put put(unsigned serial, std::uint64_t offset, std::span<const char> bytes, bool compare);

  ClipFile& file() { return file_; }
  // The file has its last path, and then nothing more is to be done.
  void set_path(std::string path);
  void set_location(std::string location);
  void complete();
  void fail(const Error& error);
  // Why nothing comes for now, for a reader whose time runs out; "" when bytes come again.
  void set_trouble(std::string words);

 private:
  // What is known of the file.
  struct Known {
    ByteRanges ranges;  // that have been downloaded
    ByteRanges stale;  // in the file, of an earlier version that readers have seen; not in `ranges`
    ClipVersion version;
    unsigned serial = 0;
    bool anything_known = false;
    bool was_read = false;
    std::multiset<std::uint64_t> waiting;  // the bytes that readers wait for
    bool flushing = false;
    unsigned flushes = 0;  // so that a short one is not missed
    bool cancelled = false;
    bool complete = false;
    std::string path;
    std::string location;
    std::string trouble;                // why nothing comes for now
    std::optional<Error> error;         // no further byte will come
    std::optional<Error> reader_error;  // readers have seen another version

    DownloadedRange downloaded() const { return {ranges.count(), version.total}; }
    bool must_wait(std::uint64_t offset, std::size_t size, unsigned since) const;
    std::size_t readable(std::uint64_t offset, std::size_t size) const;
  };
  using Lock = Guarded<Known>::Lock<Known>;

  bool write(Lock& known, unsigned serial, std::uint64_t offset, std::span<const char> bytes);
  void readers_saw_another_version(Known& known) const;

  ClipFile file_;
  const std::string task_id_;
  Guarded<Known> known_;             // locked during no I/O
  std::condition_variable changed_;  // of anything in known_
};

}  // namespace airforce
