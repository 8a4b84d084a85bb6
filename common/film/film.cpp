// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/film.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "film/film_state.h"
#include "generation/files.h"

namespace airforce {
namespace {

// Threads besides the jobs, for clips that are downloaded while the next shots are made.
constexpr int kDownloadThreads = 2;
constexpr int kMaxThreads = 64;

void notify_all(GCancellable*, gpointer condition) {
  static_cast<std::condition_variable*>(condition)->notify_all();
}

}  // namespace

Film::Film(Storyboard storyboard, Settings defaults, FilmOptions options,
           const GenerationTimeouts& timeouts)
    : state_(std::make_unique<State>(std::move(storyboard), std::move(defaults), std::move(options),
                                     timeouts)) {}

Film::~Film() {
  cancel();
  std::vector<std::thread> threads = std::move(state_->shared.lock()->threads);
  for (std::thread& thread : threads) thread.join();
  // Their threads call back into the rest until they are gone.
  std::vector<State::Entry> entries(state_->storyboard.shots.size());
  state_->shared.lock()->entries.swap(entries);
}

const Storyboard& Film::storyboard() const {
  return state_->storyboard;
}

const FilmPlan& Film::plan() {
  return state_->planned();
}

std::optional<Price> Film::price(std::size_t shot) const {
  const auto state = state_->shared.lock();
  if (!state->plan) return std::nullopt;
  return state->plan->shots[shot].price;
}

std::optional<double> Film::total_cents() const {
  const auto state = state_->shared.lock();
  return state->plan ? state->plan->total_cents : std::nullopt;
}

void Film::start(Listener listener) {
  plan();
  *state_->listener.lock() = std::move(listener);
  auto shared = state_->shared.lock();
  const int wanted = std::min({state_->options.jobs + kDownloadThreads, kMaxThreads,
                               static_cast<int>(shared->entries.size())});
  for (int i = 0; i < std::max(wanted, 1); ++i)
    shared->threads.emplace_back([state = state_.get()] { state->work(); });
}

void Film::wait() {
  auto state = state_->shared.lock();
  state.wait(state_->changed,
             [&] { return (state->stopping || state->schedule.finished()) && state->busy == 0; });
}

void Film::cancel() {
  std::vector<std::shared_ptr<Generation>> running;
  {
    auto state = state_->shared.lock();
    state->stopping = true;
    state->schedule.stop();
    for (const State::Entry& entry : state->entries) {
      if (entry.generation) running.push_back(entry.generation);
    }
  }
  g_cancellable_cancel(state_->cancellable.get());
  state_->changed.notify_all();
  for (const auto& generation : running) generation->cancel();
}

std::shared_ptr<Generation> Film::open(std::size_t shot, GCancellable* cancellable) {
  const gulong handler =
      cancellable != nullptr
          ? g_cancellable_connect(cancellable, G_CALLBACK(notify_all), &state_->changed, nullptr)
          : 0;
  const auto is_stopped = [&](const State::Shared& shared) {
    return shared.stopping ||
           (cancellable != nullptr && g_cancellable_is_cancelled(cancellable) != FALSE);
  };
  const auto is_over = [&](const State::Shared& shared) {
    const ShotState state = shared.schedule.state(shot);
    return is_stopped(shared) || (state != ShotState::Waiting && state != ShotState::Making &&
                                  state != ShotState::Opening);
  };
  bool stopped = false;
  std::shared_ptr<Generation> generation;
  std::optional<Error> error;
  {
    auto shared = state_->shared.lock();
    // A cancellation may come between the look and the wait: the handler takes no lock.
    while (!is_over(*shared)) shared.wait_for(state_->changed, std::chrono::milliseconds(100));
    stopped = is_stopped(*shared);
    generation = shared->entries[shot].generation;
    const ShotState state = shared->schedule.state(shot);
    if (state == ShotState::Failed) error = shared->entries[shot].error;
    if (state == ShotState::Skipped) error = shared->skipped(shot);
  }
  if (handler != 0) g_cancellable_disconnect(cancellable, handler);
  if (stopped) throw film_cancelled();
  if (error) throw Error(*error);
  return generation ? generation : state_->reopen(shot);
}

void Film::set_last_frame(std::size_t shot, const std::string& picture) {
  state_->take_frame(shot, picture);
}

void Film::set_delivered(std::size_t shot) {
  std::shared_ptr<Generation> generation;
  {
    auto state = state_->shared.lock();
    generation = std::exchange(state->entries[shot].generation, nullptr);
    state->schedule.delivered(shot);
  }
  state_->changed.notify_all();
  if (!generation) return;
  generation->set_delivered();
  state_->report_state(shot, ShotState::Delivered);
}

void Film::set_position(std::size_t shot) {
  state_->shared.lock()->schedule.set_position(shot);
  state_->changed.notify_all();
}

Film::ShotStatus Film::status(std::size_t shot) const {
  const auto state = state_->shared.lock();
  const State::Entry& entry = state->entries[shot];
  return {state->schedule.state(shot), entry.task_id, entry.error};
}

std::string read_storyboard_file(const std::string& path) {
  return read_input_file(path, "the storyboard", kMaxStoryboard, FileKind::RegularOrPipe);
}

}  // namespace airforce
