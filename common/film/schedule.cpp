// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/schedule.h"

#include <algorithm>

namespace airforce {

ShotSchedule::ShotSchedule(std::vector<std::optional<std::size_t>> waits_for, int jobs,
                           std::size_t ahead, OnShotError on_error)
    : shots_(waits_for.size()),
      jobs_(static_cast<std::size_t>(std::max(jobs, 1))),
      ahead_(ahead),
      on_error_(on_error) {
  for (std::size_t i = shots_.size(); i-- > 0;) {
    shots_[i].waits_for = waits_for[i];
    if (waits_for[i]) {
      std::size_t& chain = shots_[*waits_for[i]].chain;
      chain = std::max(chain, shots_[i].chain + 1);
    }
  }
}

bool ShotSchedule::can_start(const Entry& entry) const {
  return entry.state == ShotState::Waiting &&
         (!entry.waits_for || shots_[*entry.waits_for].has_frame);
}

std::size_t ShotSchedule::first_to_deliver() const {
  std::size_t first = position_;
  while (first < shots_.size() &&
         (shots_[first].state == ShotState::Delivered || shots_[first].state == ShotState::Failed ||
          shots_[first].state == ShotState::Skipped))
    ++first;
  return first;
}

std::optional<std::size_t> ShotSchedule::start_next() {
  std::size_t making = 0;
  std::size_t waiting = 0;
  for (const Entry& entry : shots_) {
    if (entry.state == ShotState::Waiting) ++waiting;
    if (entry.state == ShotState::Making) ++making;
  }
  if (making >= jobs_) return std::nullopt;
  const std::size_t first = first_to_deliver();
  const std::size_t end = first + std::min(ahead_, shots_.size() - first);
  const std::size_t rounds = (waiting + jobs_ - 1) / jobs_;
  std::optional<std::size_t> next;
  bool next_is_urgent = false;
  for (std::size_t i = 0; i < end; ++i) {
    if (!can_start(shots_[i])) continue;
    // As many rounds are left as the chain has shots: it can wait no longer.
    const bool is_urgent = shots_[i].chain > 1 && shots_[i].chain >= rounds;
    if (next && (next_is_urgent || !is_urgent)) continue;
    next = i;
    next_is_urgent = is_urgent;
  }
  if (next) shots_[*next].state = ShotState::Making;
  return next;
}

void ShotSchedule::made(std::size_t shot) {
  if (shots_[shot].state == ShotState::Making) shots_[shot].state = ShotState::Opening;
}

void ShotSchedule::ready(std::size_t shot) {
  made(shot);
  if (shots_[shot].state == ShotState::Opening) shots_[shot].state = ShotState::Ready;
}

void ShotSchedule::frame_available(std::size_t shot) {
  shots_[shot].has_frame = true;
}

void ShotSchedule::delivered(std::size_t shot) {
  if (shots_[shot].state == ShotState::Ready) shots_[shot].state = ShotState::Delivered;
}

void ShotSchedule::failed(std::size_t shot) {
  shots_[shot].state = ShotState::Failed;
  has_failed_ = true;
  if (on_error_ == OnShotError::Stop)
    skip_waiting();
  else
    skip_chain(shot);
}

void ShotSchedule::frame_failed(std::size_t shot) {
  has_failed_ = true;
  if (on_error_ == OnShotError::Stop)
    skip_waiting();
  else
    skip_chain(shot);
}

void ShotSchedule::stop() {
  has_failed_ = true;
  skip_waiting();
}

void ShotSchedule::skip_waiting() {
  for (Entry& entry : shots_) {
    if (entry.state == ShotState::Waiting) entry.state = ShotState::Skipped;
  }
}

void ShotSchedule::skip_chain(std::size_t shot) {
  for (std::size_t i = shot + 1; i < shots_.size(); ++i) {
    if (shots_[i].waits_for != shot || shots_[i].state != ShotState::Waiting) continue;
    shots_[i].state = ShotState::Skipped;
    skip_chain(i);
  }
}

bool ShotSchedule::finished() const {
  return std::all_of(shots_.begin(), shots_.end(), [](const Entry& entry) {
    return entry.state != ShotState::Waiting && entry.state != ShotState::Making &&
           entry.state != ShotState::Opening;
  });
}

}  // namespace airforce
