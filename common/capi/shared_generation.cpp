// SPDX-License-Identifier: LGPL-2.1-or-later
#include "capi/shared_generation.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace airforce {

namespace {

Error cancelled_error() {
  return {ErrorKind::Cancelled, Step::Follow, "cancelled",
          "others in this process still use the same clip; run the same request again"};
}

using OpenGenerations = std::vector<std::weak_ptr<SharedGeneration>>;

Guarded<OpenGenerations>& open_generations() {
  static auto* const open = new Guarded<OpenGenerations>;
  return *open;
}

}  // namespace

std::shared_ptr<SharedGeneration> SharedGeneration::find_or_make(const Settings& settings) {
  if (settings.choice<Reuse>(Parameter::reuse) == Reuse::Never)
    return std::make_shared<SharedGeneration>(settings);
  auto open = open_generations().lock();
  std::erase_if(*open, [](const auto& generation) { return generation.expired(); });
  for (const auto& weak : *open) {
    auto generation = weak.lock();
    if (generation && !generation->cancelled_ && !generation->failed_ &&
        generation->inner_.wanted == settings) {
      ++generation->claims_;
      return generation;
    }
  }
  auto made = std::make_shared<SharedGeneration>(settings);
  made->claims_ = 1;
  open->push_back(made);
  return made;
}

// Decided when it is first asked; nobody new is given it afterwards.
bool SharedGeneration::is_private() {
  if (inner_.wanted.choice<Reuse>(Parameter::reuse) == Reuse::Unfinished) return false;
  auto open = open_generations().lock();
  if (claims_ > 1) return false;
  const auto self = weak_from_this();
  std::erase_if(*open, [&self](const auto& weak) {
    return !weak.owner_before(self) && !self.owner_before(weak);
  });
  return true;
}

SharedGeneration::SharedGeneration(const Settings& settings) : inner_(settings, {on_event, this}) {}

SharedGeneration::~SharedGeneration() {
  inner_.cancel();
  if (runner_.joinable()) runner_.join();
  if (waiter_.joinable()) waiter_.join();
}

void SharedGeneration::add_user(AirforceGeneration& user) {
  users_.lock()->push_back(&user);
  ++wanting_;
}

void SharedGeneration::remove_user(AirforceGeneration& user) {
  set_flushing(user, false);
  std::erase(*users_.lock(), &user);
  if (!user.is_cancelled) --wanting_;
}

// Each user's own run() reports what happens meanwhile, one event after the other; afterwards the
// thread of the download does.
void SharedGeneration::on_event(const AirforceEvent* event, void* self) {
  auto* const shared = static_cast<SharedGeneration*>(self);
  std::vector<const AirforceGeneration*> queued;
  {
    const auto state = shared->run_.lock();
    const EventCopy copy(*event);
    const bool is_of_run = state->thread == std::this_thread::get_id();
    if (is_of_run && event->price_cents >= 0) state->price = copy;
    if (is_of_run && event->kind == AIRFORCE_EVENT_TASK) state->task = copy;
    for (auto& [user, events] : state->events) {
      events.push_back(copy);
      queued.push_back(user);
    }
    shared->changed_.notify_all();
    if (is_of_run) return;
  }
  const auto users = shared->users_.lock();
  for (const AirforceGeneration* user : *users) {
    if (std::find(queued.begin(), queued.end(), user) == queued.end()) user->notify(*event);
  }
}

void SharedGeneration::run(AirforceGeneration& user) {
  auto state = run_.lock();
  if (!state->started && is_private()) state->started = private_ = true;
  if (private_) {
    state.unlocked([this] { inner_.run(); });
    state->ended = true;
    return;
  }
  // A second call reports nothing.
  std::deque<EventCopy> none;
  const bool is_first = !std::exchange(user.has_run, true);
  auto& events = is_first ? state->events[&user] : none;
  for (const EventCopy& earlier : {state->price, state->task}) {
    if (is_first && earlier) events.push_back(earlier);
  }
  if (!std::exchange(state->started, true)) {
    runner_ = std::thread([this] {
      run_.lock()->thread = std::this_thread::get_id();
      try {
        inner_.run();
      } catch (const Error&) {  // inner_ keeps it for all users
        failed_ = true;
      }
      auto ended = run_.lock();
      ended->ended = true;
      ended->thread = {};
      changed_.notify_all();
    });
  }
  const auto is_given_up = [&] { return user.is_cancelled && !cancelled_; };
  for (;;) {
    state.wait(changed_, [&] { return !events.empty() || state->ended || is_given_up(); });
    if (events.empty() || is_given_up()) break;
    const EventCopy event = std::move(events.front());
    events.pop_front();
    state.unlocked([&] { user.notify(event.get()); });
  }
  if (is_first) state->events.erase(&user);
  if (!state->ended) throw cancelled_error();
  state.unlocked([this] { inner_.run(); });  // at once: its outcome
}

void SharedGeneration::wait_complete(const AirforceGeneration& user) {
  if (private_) return inner_.opened().wait_complete();
  auto state = download_.lock();
  if (!std::exchange(state->is_awaited, true)) {
    waiter_ = std::thread([this] {
      std::optional<Error> failure;
      try {
        inner_.opened().wait_complete();
      } catch (const Error& error) {
        failure = error;
      }
      auto ended = download_.lock();
      ended->failure = std::move(failure);
      ended->ended = true;
      download_changed_.notify_all();
    });
  }
  state.wait(download_changed_, [&] { return state->ended || (user.is_cancelled && !cancelled_); });
  if (!state->ended) throw cancelled_error();
  if (state->failure) throw Error(*state->failure);
}

// Takes no lock that is held while an event function is called: that may cancel.
void SharedGeneration::cancel(AirforceGeneration& user) {
  if (user.is_cancelled.exchange(true)) return;
  g_cancellable_cancel(user.cancellable.get());
  if (--wanting_ == 0) {
    cancelled_ = true;
    inner_.cancel();
    return;
  }
  {
    const auto state = download_.lock();
    download_changed_.notify_all();
  }
  bool is_open = false;
  {
    const auto state = run_.lock();
    is_open = state->ended;
    changed_.notify_all();
  }
  if (is_open) set_flushing(user, true);  // ends its reads
}

void SharedGeneration::set_flushing(AirforceGeneration& user, bool flushing) {
  auto count = flushing_.lock();
  if (user.is_flushing == flushing) return;
  user.is_flushing = flushing;
  *count += flushing ? 1 : -1;
  try {
    inner_.opened().clip().set_flushing(*count > 0);
  } catch (const Error&) {  // there is no clip
  }
}

std::size_t SharedGeneration::read_at(const AirforceGeneration& user, std::uint64_t offset,
                                      std::span<char> buffer) {
  for (;;) {
    if (user.is_cancelled) throw cancelled_error();
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
