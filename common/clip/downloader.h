// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "clip/byte_source.h"
#include "clip/clip.h"
#include "clip/mp4_boxes.h"
#include "clip/partial_file.h"
#include "clip/range_fetch.h"
#include "values/clock.h"
#include "values/glib_ptr.h"
#include "values/guarded.h"

namespace airforce {

// What tests give in place of the real thing.
struct DownloadEnvironment {
  const Clock& clock = system_clock();
  std::function<double()> random;  // [0, 1), from several threads; unset: GLib's
  std::function<void(double seconds, GCancellable*)> sleep;  // ends when cancelled; unset: really
};

// Fetches a clip into a PartialFile: one thread from the first byte to the last, and for as long
// as there is something to fetch ahead of it (moov at the end, a reader who has jumped) a second
// one with a connection of its own. The first one ends in `partial` with complete() or fail(), and
// fetches what the second one left out; that one just ends, and is started again when it is needed.
class Downloader {
 public:
  // Starts at once. `partial` outlives it. `completed` is called in its thread after the last step.
  Downloader(std::unique_ptr<ByteSource> source, PartialFile& partial, ClipOptions options,
             std::function<void()> completed, DownloadEnvironment environment = {});
  // Cancels and waits for both threads, some milliseconds.
  ~Downloader();
  Downloader(const Downloader&) = delete;
  Downloader& operator=(const Downloader&) = delete;

  // A reader waits for this byte. Thread-safe, never blocks.
  void want(std::uint64_t offset);
  // Permanently. Thread-safe, never blocks.
  void cancel();

 private:
  struct Ahead {
    bool running = false;
    bool barred = true;                   // until the sequential fetch knows what clip it is
    bool refused = false;                 // the service would not give ranges of this version
    std::optional<std::uint64_t> target;  // where to go next
    double target_since = 0;
    std::uint64_t first = 0;     // of the piece that is being fetched
    std::uint64_t position = 0;  // in it
    bool answered = false;       // bytes of it have arrived
    double alive_at = 0;         // when they last came, or it was begun
    double not_before = 0;       // after a failure: when to try again
    GObjectPtr<GCancellable> cancellable;
  };
  // Where the sequential fetch was, to measure its rate.
  struct Mark {
    std::uint64_t position = 0;
    double time = 0;
  };
  struct Shared {
    bool stopping = false;
    bool ranges_given = false;   // by the service, as far as is known
    std::uint64_t position = 0;  // of the sequential fetch
    double alive_at = 0;         // when bytes last came for it
    Mark mark, older_mark;       // one and two seconds ago
    Ahead ahead;
    std::thread ahead_thread;  // joined by whoever starts the next one, or stops
  };

  // How long a connection is left alone after each read, for a reader who needs the other one.
  static constexpr std::chrono::milliseconds kMaxYield{250};

  void fetch_all();
  void fetch_sequentially();
  std::optional<Piece> next_piece();
  bool continue_sequentially(std::uint64_t position);
  void find_moov(std::uint64_t position);
  void measure(Shared& shared, std::uint64_t position) const;
  double bytes_per_second(const Shared& shared) const;
  void report_progress(bool always = false);
  void check_whole(std::uint64_t total);
  void finish();

  void fetch_ahead();
  void fetch_ahead_piece(Piece piece, GCancellable* cancellable);
  bool continue_ahead(std::uint64_t position);
  bool plan_ahead(Shared& shared, std::uint64_t offset, bool urgent);
  void stop_ahead();
  void allow_ahead(bool ranges_given);
  bool is_alive(double alive_at) const;
  bool ahead_brings(const Shared& shared, std::uint64_t position) const;
  bool serves_the_reader_ahead(const Shared& shared) const;
  bool serves_the_reader_in_sequence(const Shared& shared) const;

  bool allows_retry(const FetchOutcome& outcome) const;
  void recover(FetchOutcome outcome, RetryState& tries, GCancellable* cancellable);
  FetchRules rules() const;

  const std::unique_ptr<ByteSource> source_;
  PartialFile& partial_;
  const ClipOptions options_;
  const std::function<void()> completed_;
  DownloadEnvironment environment_;
  const GObjectPtr<GCancellable> cancellable_;

  // Only the sequential thread's.
  MoovFinder moov_finder_;
  int versions_ = 0;
  double reported_at_ = -1;
  std::optional<std::uint64_t> prefetched_;  // a box header that was asked for ahead

  // Locked before PartialFile, never after it, and during no I/O.
  Guarded<Shared> shared_;
  std::condition_variable changed_;  // of something in it, or of the position of a fetch

  std::thread thread_;  // last: starts in the constructor
};

}  // namespace airforce
