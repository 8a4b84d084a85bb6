// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "clip/byte_source.h"
#include "clip/clip.h"
#include "clip/mp4_boxes.h"
#include "clip/partial_file.h"
#include "clip/range_fetch.h"
#include "values/clock.h"
#include "values/glib_ptr.h"

namespace airforce {

// What tests give in place of the real thing.
struct DownloadEnvironment {
  const Clock& clock = system_clock();
  std::function<double()> random;  // [0, 1), from several threads; unset: GLib's
  std::function<void(double seconds, GCancellable*)> sleep;  // ends when cancelled; unset: really
};

// Fetches a clip into an PartialFile: one thread from the first byte to the last, and for as long
// as there is something to fetch ahead of it (moov at the end, a reader who has jumped) a second
// one with a connection of its own. Each ends in `partial` with complete() or fail(), and takes
// back to work what the other left.
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
  // For good. Thread-safe, never blocks.
  void cancel();

 private:
  using Lock = std::unique_lock<std::mutex>;
  // How long a connection is left alone after each read, for a reader who needs the other one.
  static constexpr std::chrono::milliseconds kMaxYield{250};

  void fetch_all();
  void fetch_sequentially();
  std::optional<Piece> next_piece();
  bool go_on_sequentially(std::uint64_t position);
  void find_moov(std::uint64_t position);
  void measure(std::uint64_t position);
  double bytes_per_second() const;
  void report_progress(bool always = false);
  void check_whole(std::uint64_t total);
  void finish();

  void fetch_ahead();
  void fetch_ahead_piece(Piece piece, GCancellable* cancellable);
  bool go_on_ahead(std::uint64_t position);
  bool want(Lock& lock, std::uint64_t offset, bool urgent);
  void stop_ahead();
  void allow_ahead(bool ranges_given);
  bool is_alive(double alive_at) const;
  bool ahead_brings(std::uint64_t position) const;
  bool serves_the_reader_ahead() const;
  bool serves_the_reader_in_sequence() const;

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

  // Protects all below. Taken before PartialFile's own lock, never after it; held for no I/O.
  mutable std::mutex mutex_;
  // Something below, or the position of a fetch, has changed.
  std::condition_variable changed_;
  bool stopping_ = false;
  bool ranges_given_ = false;   // by the service, as far as is known
  std::uint64_t position_ = 0;  // of the sequential fetch
  double alive_at_ = 0;         // when bytes last came for it
  // Where it was one and two seconds ago, to tell how fast it is.
  struct Mark {
    std::uint64_t position = 0;
    double time = 0;
  } mark_, older_mark_;
  struct Ahead {
    bool running = false;
    bool barred = true;                   // until the sequential fetch knows what clip it is
    bool refused = false;                 // the service would not give ranges of this version
    std::optional<std::uint64_t> target;  // where to go next
    double target_since = 0;
    std::uint64_t first = 0;     // of the piece that is being fetched
    std::uint64_t position = 0;  // in it
    bool answered = false;       // bytes of it have come
    double alive_at = 0;         // when they last came, or it was begun
    double not_before = 0;       // after a failure: when to try again
    GObjectPtr<GCancellable> cancellable;
  } ahead_;
  std::thread ahead_thread_;  // joined by whoever starts the next one, or stops

  std::thread thread_;  // last: starts in the constructor
};

}  // namespace airforce
