// SPDX-License-Identifier: LGPL-2.1-or-later
#include "capi/shared_generation.h"

#include <chrono>
#include <utility>

namespace airforce {

namespace {

Error cancelled_error() {
  return {ErrorKind::Cancelled, Step::Follow, "cancelled",
          "others in this process still use the same clip; run the same request again"};
}

struct OpenGenerations {
  std::mutex mutex;  // protects all
  std::vector<std::weak_ptr<SharedGeneration>> all;
};

OpenGenerations& open_generations() {
  static auto* const open = new OpenGenerations;
  return *open;
}

}  // namespace

std::shared_ptr<SharedGeneration> SharedGeneration::find_or_make(const Settings& settings) {
  if (settings.choice<Reuse>(Parameter::reuse) == Reuse::Never)
    return std::make_shared<SharedGeneration>(settings);
  OpenGenerations& open = open_generations();
  const std::lock_guard lock(open.mutex);
  std::erase_if(open.all, [](const auto& generation) { return generation.expired(); });
  for (const auto& weak : open.all) {
    auto generation = weak.lock();
    if (generation && !generation->cancelled_ && generation->inner_.wanted == settings)
      return generation;
  }
  auto made = std::make_shared<SharedGeneration>(settings);
  open.all.push_back(made);
  return made;
}

SharedGeneration::SharedGeneration(const Settings& settings) : inner_(settings) {
  inner_.func = on_event;
  inner_.user_data = this;
}

SharedGeneration::~SharedGeneration() {
  inner_.cancel();
  if (runner_.joinable()) runner_.join();
}

void SharedGeneration::add_user(AirforceGeneration& user) {
  const std::lock_guard lock(users_mutex_);
  users_.push_back(&user);
  ++wanting_;
}

void SharedGeneration::remove_user(AirforceGeneration& user) {
  set_flushing(user, false);
  const std::lock_guard lock(users_mutex_);
  std::erase(users_, &user);
  if (!user.is_cancelled) --wanting_;
}

void SharedGeneration::on_event(const AirforceEvent* event, void* self) {
  auto* const shared = static_cast<SharedGeneration*>(self);
  const std::lock_guard lock(shared->users_mutex_);
  for (const AirforceGeneration* user : shared->users_) {
    if (user->func != nullptr) user->func(event, user->user_data);
  }
}

void SharedGeneration::run(const AirforceGeneration& user) {
  std::unique_lock lock(mutex_);
  if (!std::exchange(started_, true)) {
    runner_ = std::thread([this] {
      try {
        inner_.run();
      } catch (const Error&) {  // inner_ keeps it for all users
      }
      const std::lock_guard ended(mutex_);
      ended_ = true;
      changed_.notify_all();
    });
  }
  changed_.wait(lock, [&] { return ended_ || (user.is_cancelled && !cancelled_); });
  if (!ended_) throw cancelled_error();
  lock.unlock();
  inner_.run();  // at once: its outcome
}

// Takes no lock that is held while an event function is called: that may cancel.
void SharedGeneration::cancel(AirforceGeneration& user) {
  if (user.is_cancelled.exchange(true)) return;
  if (--wanting_ == 0) {
    cancelled_ = true;
    inner_.cancel();
    return;
  }
  bool is_open = false;
  {
    const std::lock_guard lock(mutex_);
    is_open = ended_;
    changed_.notify_all();
  }
  if (is_open) set_flushing(user, true);  // ends its reads
}

void SharedGeneration::set_flushing(AirforceGeneration& user, bool flushing) {
  const std::lock_guard lock(flushing_mutex_);
  if (user.is_flushing == flushing) return;
  user.is_flushing = flushing;
  flushing_ += flushing ? 1 : -1;
  try {
    inner_.opened().clip().set_flushing(flushing_ > 0);
  } catch (const Error&) {  // there is no clip
  }
}

std::size_t SharedGeneration::read_at(const AirforceGeneration& user, std::uint64_t offset,
                                      std::span<char> buffer) {
  for (;;) {
    try {
      return inner_.read_at(offset, buffer);
    } catch (const Error& error) {
      if (error.kind != ErrorKind::Interrupted) throw;
      if (user.is_cancelled) throw cancelled_error();
      if (user.is_flushing) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // another user flushes, briefly
    }
  }
}

}  // namespace airforce
