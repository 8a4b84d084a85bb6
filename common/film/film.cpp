// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/film.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "api/client.h"
#include "generation/credentials.h"
#include "generation/files.h"
#include "values/image.h"
#include "values/text.h"

namespace airforce {
namespace {

// Threads besides the jobs, for clips that are still arriving while the next shots are made.
constexpr int kArrivingThreads = 2;
constexpr int kMaxThreads = 64;

// After these no other shot will fare better.
bool ends_the_film(const Error& error) {
  switch (error.kind) {
    case ErrorKind::NotAuthorized:
    case ErrorKind::Store:
    case ErrorKind::Cancelled:
    case ErrorKind::Internal: return true;
    default: return false;
  }
}

std::string number_of(std::size_t shot) {
  return std::to_string(shot + 1);
}

Error cancelled() {
  return {ErrorKind::Cancelled, Step::Settings, "cancelled"};
}

void notify_all(GCancellable*, gpointer condition) {
  static_cast<std::condition_variable_any*>(condition)->notify_all();
}

std::vector<std::optional<std::size_t>> dependencies_of(const Storyboard& storyboard) {
  std::vector<std::optional<std::size_t>> waits_for(storyboard.shots.size());
  for (std::size_t i = 1; i < waits_for.size(); ++i) {
    if (storyboard.shots[i].continues) waits_for[i] = i - 1;
  }
  return waits_for;
}

}  // namespace

struct Film::State {
  struct Entry {
    std::shared_ptr<Generation> generation;  // while it is being made or can be read
    std::string task_id;
    std::string first_frame;
    std::string first_frame_identity;
    std::optional<Error> error;
  };

  State(Storyboard s, Settings d, FilmOptions o, const GenerationTimeouts& t)
      : storyboard(std::move(s)),
        defaults(std::move(d)),
        options(std::move(o)),
        timeouts(t),
        schedule(dependencies_of(storyboard), options.jobs, options.ahead, options.on_error),
        entries(storyboard.shots.size()) {
    if (entries.empty()) return;
    entries.front().first_frame = options.first_frame;
    entries.front().first_frame_identity = options.first_frame_identity;
  }

  const Storyboard storyboard;
  const Settings defaults;
  const FilmOptions options;
  const GenerationTimeouts timeouts;
  const GObjectPtr<GCancellable> cancellable{g_cancellable_new()};

  std::mutex plan_mutex;  // only one thread plans

  std::mutex listener_mutex;  // held during a call of listener; taken with no other held
  Listener listener;

  mutable std::mutex mutex;  // protects the rest
  std::condition_variable_any changed;
  ShotSchedule schedule;
  std::vector<Entry> entries;
  std::optional<FilmPlan> plan;  // set once
  bool stopping = false;
  int busy = 0;  // threads that make a shot
  std::vector<std::thread> threads;

  const FilmPlan& planned();
  void work();
  void make(std::size_t shot);
  std::shared_ptr<Generation> prepare(std::size_t shot);
  Settings settings_of(std::size_t shot);
  void succeed(std::size_t shot, Generation& generation);
  void fail(std::size_t shot, const Error& error);
  void take_frame(std::size_t shot, const std::string& picture);
  bool is_continued(std::size_t shot) const {
    return shot + 1 < entries.size() && storyboard.shots[shot + 1].continues;
  }
  void tell(const FilmEvent& event);
  void tell_state(std::size_t shot, ShotState state, const Error* error = nullptr);
  Error skipped(std::size_t shot) const;
  std::shared_ptr<Generation> reopen(std::size_t shot);
};

const FilmPlan& Film::State::planned() {
  const std::lock_guard planning(plan_mutex);
  {
    const std::lock_guard lock(mutex);
    if (plan) return *plan;
  }
  check_storyboard(storyboard, options.name);
  const Credentials credentials = resolve_credentials(defaults);
  api::Client client(http::shared_session(), credentials.base_url, credentials.key, system_clock(),
                     timeouts.api);
  FilmPlan made = plan_film(storyboard, client.models(cancellable.get()), options.name);
  if (!defaults.is_initial(Parameter::max_cost_cents))
    check_ceiling(made, defaults.number(Parameter::max_cost_cents));
  Storyboard refused;
  for (std::size_t i = 0; i < made.shots.size(); ++i) {
    try {
      check_budget(storyboard.shots[i].settings, made.shots[i].price);
    } catch (const Error& error) {
      refused.problems.push_back({storyboard.shots[i].line, error.message});
    }
  }
  if (!refused.problems.empty())
    throw Error(ErrorKind::Budget, Step::Settings,
                problem_text(refused.problems.front(), options.name),
                "raise max_cost_cents of the shot, or ask for a shorter clip");
  const std::lock_guard lock(mutex);
  return plan.emplace(std::move(made));
}

void Film::State::tell(const FilmEvent& event) {
  const std::lock_guard lock(listener_mutex);
  if (listener) listener(event);
}

void Film::State::tell_state(std::size_t shot, ShotState state, const Error* error) {
  FilmEvent event;
  event.kind = FilmEvent::Kind::State;
  event.shot = shot;
  event.state = state;
  event.error = error;
  tell(event);
}

void Film::State::work() {
  for (;;) {
    std::optional<std::size_t> shot;
    bool last = false;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] {
        if (stopping || schedule.finished()) return true;
        shot = schedule.start_next();
        return shot.has_value();
      });
      if (!shot) return;
      ++busy;
    }
    make(*shot);
    {
      const std::lock_guard lock(mutex);
      --busy;
      last = busy == 0 && schedule.finished();
    }
    changed.notify_all();
    if (!last) continue;
    FilmEvent event;
    event.kind = FilmEvent::Kind::Finished;
    tell(event);
  }
}

Settings Film::State::settings_of(std::size_t shot) {
  Settings settings = storyboard.shots[shot].settings;
  std::string frame;
  std::string identity;
  {
    const std::lock_guard lock(mutex);
    frame = entries[shot].first_frame;
    identity = entries[shot].first_frame_identity;
  }
  if (storyboard.shots[shot].continues) settings.add_image(frame, identity);
  // The sum was held against the ceiling: a price that has risen since is refused.
  const bool has_ceiling = defaults.number(Parameter::max_cost_cents) >= 0 &&
                           !defaults.is_initial(Parameter::max_cost_cents);
  const std::optional<double> price = planned().shots[shot].price.cents;
  if (has_ceiling && price && settings.string(Parameter::task_id).empty())
    settings.set("max_cost_cents", number_text(*price));
  if (options.adjust) options.adjust(shot, settings);
  return settings;
}

std::shared_ptr<Generation> Film::State::prepare(std::size_t shot) {
  const auto listen = [this, shot](const GenerationEvent& news, const Task* task) {
    if (task != nullptr) {
      const std::lock_guard lock(mutex);
      entries[shot].task_id = task->task_id;
    }
    if (news.kind == GenerationEvent::Kind::Progress && news.phase >= GenerationPhase::Download) {
      {
        const std::lock_guard lock(mutex);
        schedule.made(shot);
      }
      changed.notify_all();
    }
    FilmEvent event;
    event.kind = FilmEvent::Kind::Shot;
    event.shot = shot;
    event.event = &news;
    event.task = task;
    tell(event);
  };
  auto generation = std::make_shared<Generation>(settings_of(shot), listen, timeouts);
  const std::lock_guard lock(mutex);
  entries[shot].generation = generation;
  if (stopping) generation->cancel();
  return generation;
}

void Film::State::make(std::size_t shot) {
  tell_state(shot, ShotState::Making);
  try {
    const std::shared_ptr<Generation> generation = prepare(shot);
    generation->run();
    succeed(shot, *generation);
  } catch (const Error& error) {
    fail(shot, error);
  } catch (const std::exception& error) {
    fail(shot, Error(ErrorKind::Internal, Step::Settings,
                     std::string("internal error: ") + error.what(), "report this"));
  }
}

void Film::State::succeed(std::size_t shot, Generation& generation) {
  {
    const std::lock_guard lock(mutex);
    entries[shot].task_id = generation.task().task_id;
    schedule.ready(shot);
  }
  changed.notify_all();
  tell_state(shot, ShotState::Ready);
  // Once: a clip from the cache is saved by it.
  if (options.complete || (options.last_frame && is_continued(shot))) generation.wait_complete();
  if (is_continued(shot)) {
    if (options.last_frame) {
      take_frame(shot, options.last_frame(shot, generation));
    } else {
      FilmEvent event;
      event.kind = FilmEvent::Kind::FrameNeeded;
      event.shot = shot;
      event.state = ShotState::Ready;
      tell(event);
    }
  }
  if (!options.complete) return;
  if (!options.complete(shot, generation)) return;
  {
    const std::lock_guard lock(mutex);
    schedule.delivered(shot);
    entries[shot].generation.reset();
  }
  changed.notify_all();
  tell_state(shot, ShotState::Delivered);
}

void Film::State::fail(std::size_t shot, const Error& error) {
  {
    const std::lock_guard lock(mutex);
    entries[shot].error = error;
    if (entries[shot].task_id.empty()) entries[shot].task_id = error.task_id;
    schedule.failed(shot);
    if (ends_the_film(error)) schedule.stop();
  }
  changed.notify_all();
  tell_state(shot, ShotState::Failed, &error);
}

void Film::State::take_frame(std::size_t shot, const std::string& picture) {
  if (!is_continued(shot)) return;
  if (!picture.empty()) check_image(picture, "the last frame of shot " + number_of(shot));
  {
    const std::lock_guard lock(mutex);
    Entry& next = entries[shot + 1];
    if (picture.empty()) {
      next.error = Error(ErrorKind::Clip, Step::Download,
                         "shot " + number_of(shot + 1) +
                             " was not made: the last frame of the shot before it is not available",
                         "run it again");
      schedule.frame_failed(shot);
    } else {
      next.first_frame = picture;
      next.first_frame_identity = "last frame of " + entries[shot].task_id;
      schedule.frame_available(shot);
    }
  }
  changed.notify_all();
}

// With the lock held: why a shot was not made.
Error Film::State::skipped(std::size_t shot) const {
  if (entries[shot].error) return *entries[shot].error;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (schedule.state(i) != ShotState::Failed || !entries[i].error) continue;
    Error error(entries[i].error->kind, entries[i].error->step,
                "shot " + number_of(shot) + " was not made, because shot " + number_of(i) +
                    " failed: " + entries[i].error->message,
                entries[i].error->next_step);
    return error;
  }
  return cancelled();
}

// A delivered shot is wanted again: what it was bought for is found by its equal request.
std::shared_ptr<Generation> Film::State::reopen(std::size_t shot) {
  Settings settings = settings_of(shot);
  settings.set("reuse", "always");
  auto generation = std::make_shared<Generation>(settings, nullptr, timeouts);
  {
    const std::lock_guard lock(mutex);
    entries[shot].generation = generation;
    if (stopping) generation->cancel();
  }
  generation->run();
  return generation;
}

Film::Film(Storyboard storyboard, Settings defaults, FilmOptions options,
           const GenerationTimeouts& timeouts)
    : state_(std::make_unique<State>(std::move(storyboard), std::move(defaults), std::move(options),
                                     timeouts)) {}

Film::~Film() {
  cancel();
  for (std::thread& thread : state_->threads) thread.join();
  // Their threads call back into the rest until they are gone.
  for (State::Entry& entry : state_->entries) entry.generation.reset();
}

const Storyboard& Film::storyboard() const {
  return state_->storyboard;
}

const FilmPlan& Film::plan() {
  return state_->planned();
}

std::optional<Price> Film::price(std::size_t shot) const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->plan) return std::nullopt;
  return state_->plan->shots[shot].price;
}

std::optional<double> Film::total_cents() const {
  const std::lock_guard lock(state_->mutex);
  return state_->plan ? state_->plan->total_cents : std::nullopt;
}

void Film::start(Listener listener) {
  plan();
  {
    const std::lock_guard lock(state_->listener_mutex);
    state_->listener = std::move(listener);
  }
  const std::lock_guard lock(state_->mutex);
  const int wanted = std::min({state_->options.jobs + kArrivingThreads, kMaxThreads,
                               static_cast<int>(state_->entries.size())});
  for (int i = 0; i < std::max(wanted, 1); ++i)
    state_->threads.emplace_back([state = state_.get()] { state->work(); });
}

void Film::wait() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] {
    return (state_->stopping || state_->schedule.finished()) && state_->busy == 0;
  });
}

void Film::cancel() {
  std::vector<std::shared_ptr<Generation>> running;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->schedule.stop();
    for (const State::Entry& entry : state_->entries) {
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
  std::unique_lock lock(state_->mutex);
  const auto is_over = [&] {
    if (state_->stopping || (cancellable != nullptr && g_cancellable_is_cancelled(cancellable)))
      return true;
    const ShotState state = state_->schedule.state(shot);
    return state != ShotState::Waiting && state != ShotState::Making &&
           state != ShotState::Arriving;
  };
  // A cancellation may come between the look and the wait: the handler takes no lock.
  while (!is_over()) state_->changed.wait_for(lock, std::chrono::milliseconds(100));
  const ShotState state = state_->schedule.state(shot);
  const bool stopped =
      state_->stopping || (cancellable != nullptr && g_cancellable_is_cancelled(cancellable));
  const std::shared_ptr<Generation> generation = state_->entries[shot].generation;
  const std::optional<Error> error = state == ShotState::Failed    ? state_->entries[shot].error
                                     : state == ShotState::Skipped ? state_->skipped(shot)
                                                                   : std::optional<Error>();
  lock.unlock();
  if (handler != 0) g_cancellable_disconnect(cancellable, handler);
  if (stopped) throw cancelled();
  if (error) throw Error(*error);
  return generation ? generation : state_->reopen(shot);
}

void Film::set_last_frame(std::size_t shot, const std::string& picture) {
  state_->take_frame(shot, picture);
}

void Film::set_delivered(std::size_t shot) {
  std::shared_ptr<Generation> generation;
  {
    const std::lock_guard lock(state_->mutex);
    generation = std::move(state_->entries[shot].generation);
    state_->entries[shot].generation.reset();
    state_->schedule.delivered(shot);
  }
  state_->changed.notify_all();
  if (!generation) return;
  generation->set_delivered();
  state_->tell_state(shot, ShotState::Delivered);
}

void Film::set_position(std::size_t shot) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->schedule.set_position(shot);
  }
  state_->changed.notify_all();
}

Film::ShotStatus Film::status(std::size_t shot) const {
  const std::lock_guard lock(state_->mutex);
  const State::Entry& entry = state_->entries[shot];
  return {state_->schedule.state(shot), entry.task_id, entry.error};
}

std::string read_storyboard_file(const std::string& path) {
  return read_input_file(path, "the storyboard", kMaxStoryboard, FileKind::RegularOrPipe);
}

}  // namespace airforce
