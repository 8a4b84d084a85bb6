// SPDX-License-Identifier: LGPL-2.1-or-later
// Which shot of a film starts when. Decisions alone: no clock, no thread, no service.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace airforce {

enum class ShotState {
  Waiting,    // for its turn, or for the last frame of the shot that it continues
  Making,     // in flight: it takes one of the jobs
  Opening,    // the task is completed, the clip is being opened
  Ready,      // the clip can be read
  Delivered,  // the consumer had all of it
  Failed,
  Skipped,  // not made, because another failed
};

// After a shot has failed: start no other, or only leave out those that continue it.
enum class OnShotError { Stop, Skip };

// Shots start in their order, at most `jobs` at a time. A shot is preferred to earlier ones if the
// chain that continues it would otherwise end last. No shot starts that is `ahead` shots or more
// beyond the first one that is still to be delivered: a clip that can be read takes descriptors and
// disk space.
class ShotSchedule {
 public:
  static constexpr std::size_t kNoLimit = static_cast<std::size_t>(-1);

  // `waits_for`, by shot: the earlier one whose last frame it needs.
  ShotSchedule(std::vector<std::optional<std::size_t>> waits_for, int jobs,
               std::size_t ahead = kNoLimit, OnShotError on_error = OnShotError::Stop);

  // The next shot to start now, which is Making from then on; unset: nothing can start until
  // something else happens.
  std::optional<std::size_t> start_next();

  // What happened.
  void made(std::size_t shot);             // its job is free
  void ready(std::size_t shot);            // likewise, and its clip can be read
  void frame_available(std::size_t shot);  // its last frame can be animated
  void delivered(std::size_t shot);
  void failed(std::size_t shot);
  void frame_failed(std::size_t shot);  // the shot that continues it cannot be made
  // The consumer goes to this shot, and may never take those before it.
  void set_position(std::size_t shot) { position_ = shot; }
  void stop();  // start nothing more, whatever OnShotError says

  ShotState state(std::size_t shot) const { return shots_[shot].state; }
  std::size_t size() const { return shots_.size(); }
  // Whether nothing is in flight and nothing can start any more, not even after a delivery.
  bool finished() const;
  bool has_failed() const { return has_failed_; }

 private:
  struct Entry {
    ShotState state = ShotState::Waiting;
    std::optional<std::size_t> waits_for;
    std::size_t chain = 1;  // shots that follow one another from here, itself included
    bool has_frame = false;
  };

  bool can_start(const Entry& entry) const;
  std::size_t first_to_deliver() const;
  void skip_waiting();
  void skip_chain(std::size_t shot);

  std::vector<Entry> shots_;
  const std::size_t jobs_;
  const std::size_t ahead_;
  const OnShotError on_error_;
  std::size_t position_ = 0;
  bool has_failed_ = false;
};

}  // namespace airforce
