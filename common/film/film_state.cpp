// SPDX-License-Identifier: LGPL-2.1-or-later
// How the threads of a film make its shots.
#include "film/film_state.h"

#include <algorithm>

#include "api/client.h"
#include "film/paid_shots.h"
#include "generation/credentials.h"
#include "retry/retry.h"
#include "values/image.h"
#include "values/text.h"

namespace airforce {
namespace {

// After these no other shot will fare better.
bool ends_the_film(const Error& error) {
  switch (error.kind) {
    case ErrorKind::NotAuthorized:
    case ErrorKind::Store:
    case ErrorKind::Cancelled:
    case ErrorKind::Internal: return true;
    default: return is_locked(error);
  }
}

std::string number_of(std::size_t shot) {
  return std::to_string(shot + 1);
}

std::vector<std::optional<std::size_t>> dependencies_of(const Storyboard& storyboard) {
  std::vector<std::optional<std::size_t>> waits_for(storyboard.shots.size());
  for (std::size_t i = 1; i < waits_for.size(); ++i) {
    if (storyboard.shots[i].continues) waits_for[i] = i - 1;
  }
  return waits_for;
}

}  // namespace

Error film_cancelled() {
  return {ErrorKind::Cancelled, Step::Settings, "cancelled"};
}

Film::State::Shared::Shared(const Storyboard& storyboard, const FilmOptions& options)
    : schedule(dependencies_of(storyboard), options.jobs, options.ahead, options.on_error),
      entries(storyboard.shots.size()) {
  if (entries.empty()) return;
  entries.front().first_frame = options.first_frame;
  entries.front().first_frame_identity = options.first_frame_identity;
}

Film::State::State(Storyboard its_storyboard, Settings its_defaults, FilmOptions its_options,
                   const GenerationTimeouts& its_timeouts)
    : storyboard(std::move(its_storyboard)),
      defaults(std::move(its_defaults)),
      options(std::move(its_options)),
      timeouts(its_timeouts),
      shared(storyboard, options) {}

const FilmPlan& Film::State::planned() {
  const auto turn = planning.lock();
  if (const auto state = shared.lock(); state->plan) return *state->plan;
  check_storyboard(storyboard, options.name);
  const Credentials credentials = resolve_credentials(defaults);
  creates.emplace(credentials.account());
  api::Client client(http::shared_session(), credentials.base_url, credentials.key, system_clock(),
                     timeouts.api);
  FilmPlan made = plan_film(storyboard, client.models(cancellable.get()), options.name);
  leave_out_paid(made, paid_shots(storyboard, options, defaults.string(Parameter::store),
                                  credentials.account(), cancellable.get()));
  if (!defaults.is_initial(Parameter::max_cost_cents))
    check_ceiling(made, defaults.number(Parameter::max_cost_cents));
  for (std::size_t i = 0; i < made.shots.size(); ++i) {
    try {
      check_budget(storyboard.shots[i].settings, made.shots[i].price);
    } catch (Error& error) {
      error.message = problem_text({storyboard.shots[i].line, error.message}, options.name);
      throw;
    }
  }
  const double ceiling = defaults.number(Parameter::max_cost_cents);
  const auto state = shared.lock();
  state->spare_cents = std::max(0.0, ceiling - made.total_cents.value_or(ceiling));
  return state->plan.emplace(std::move(made));
}

void Film::State::report(const FilmEvent& event) {
  const auto current = listener.lock();
  if (*current) (*current)(event);
}

void Film::State::report_state(std::size_t shot, ShotState state, const Error* error) {
  FilmEvent event;
  event.kind = FilmEvent::Kind::State;
  event.shot = shot;
  event.state = state;
  event.error = error;
  report(event);
}

void Film::State::work() {
  for (;;) {
    std::optional<std::size_t> shot;
    bool last = false;
    {
      auto state = shared.lock();
      state.wait(changed, [&] {
        if (state->stopping || state->schedule.finished()) return true;
        shot = state->schedule.start_next();
        return shot.has_value();
      });
      if (!shot) return;
      ++state->busy;
    }
    make(*shot);
    {
      auto state = shared.lock();
      --state->busy;
      last = state->busy == 0 && state->schedule.finished();
    }
    changed.notify_all();
    if (!last) continue;
    FilmEvent event;
    event.kind = FilmEvent::Kind::Finished;
    report(event);
  }
}

Settings Film::State::settings_of(std::size_t shot, const std::string& first_frame) {
  Settings settings = storyboard.shots[shot].settings;
  if (storyboard.shots[shot].continues)
    settings.add_image(first_frame, shared.lock()->entries[shot].first_frame_identity);
  // The sum was held against the ceiling: a price that has risen since is refused.
  const bool has_ceiling = defaults.number(Parameter::max_cost_cents) >= 0 &&
                           !defaults.is_initial(Parameter::max_cost_cents);
  const PlannedShot& planned_shot = planned().shots[shot];
  if (has_ceiling && planned_shot.is_paid)
    settings.set("max_cost_cents", number_text(shared.lock()->if_gone(shot, planned_shot)));
  else if (has_ceiling && planned_shot.price.cents && settings.string(Parameter::task_id).empty())
    settings.set("max_cost_cents", number_text(*planned_shot.price.cents));
  if (options.adjust) options.adjust(shot, settings);
  return settings;
}

std::shared_ptr<Generation> Film::State::prepare(std::size_t shot) {
  const auto listen = [this, shot](const GenerationEvent& news, const Task* task) {
    if (task != nullptr) shared.lock()->entries[shot].task_id = task->task_id;
    if (news.kind == GenerationEvent::Kind::Progress && news.phase >= GenerationPhase::Download) {
      shared.lock()->schedule.made(shot);
      changed.notify_all();
    }
    FilmEvent event;
    event.kind = FilmEvent::Kind::Shot;
    event.shot = shot;
    event.event = &news;
    event.task = task;
    report(event);
  };
  std::string frame;
  std::swap(frame, shared.lock()->entries[shot].first_frame);
  auto generation = std::make_shared<Generation>(settings_of(shot, frame), listen, timeouts);
  generation->share_purchase();
  auto state = shared.lock();
  state->entries[shot].generation = generation;
  if (state->stopping) generation->cancel();
  return generation;
}

void Film::State::make(std::size_t shot) {
  report_state(shot, ShotState::Making);
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
    auto state = shared.lock();
    state->entries[shot].task_id = generation.task().task_id;
    state->entries[shot].purchase = generation.open_purchase();
    state->schedule.ready(shot);
  }
  changed.notify_all();
  report_state(shot, ShotState::Ready);
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
      report(event);
    }
  }
  if (!options.complete) return;
  if (!options.complete(shot, generation)) return;
  {
    auto state = shared.lock();
    state->schedule.delivered(shot);
    state->entries[shot].generation.reset();
  }
  changed.notify_all();
  report_state(shot, ShotState::Delivered);
}

void Film::State::fail(std::size_t shot, const Error& error) {
  {
    auto state = shared.lock();
    Entry& entry = state->entries[shot];
    entry.error = error;
    if (entry.task_id.empty()) entry.task_id = error.task_id;
    state->schedule.failed(shot);
    if (ends_the_film(error)) state->schedule.stop();
  }
  changed.notify_all();
  report_state(shot, ShotState::Failed, &error);
}

void Film::State::take_frame(std::size_t shot, const std::string& picture) {
  if (!is_continued(shot)) return;
  if (!picture.empty()) check_image(picture, "the last frame of shot " + number_of(shot));
  {
    auto state = shared.lock();
    Entry& next = state->entries[shot + 1];
    if (picture.empty()) {
      next.error = Error(ErrorKind::Clip, Step::Download,
                         "shot " + number_of(shot + 1) +
                             " was not made: the last frame of the shot before it is not available",
                         "run it again");
      state->schedule.frame_failed(shot);
    } else {
      next.first_frame = picture;
      next.first_frame_identity = last_frame_of(state->entries[shot].task_id);
      state->schedule.frame_available(shot);
    }
  }
  changed.notify_all();
}

// What may be paid for a shot that is paid for, but may have to be bought again: its price, as long
// as the ceiling has room for it.
double Film::State::Shared::if_gone(std::size_t shot, const PlannedShot& planned) {
  std::optional<double>& reserved = entries[shot].reserved_cents;
  if (!reserved) {
    const double price = planned.price_if_gone.value_or(0);
    reserved = price <= spare_cents ? price : 0;
    spare_cents -= *reserved;
  }
  return *reserved;
}

Error Film::State::Shared::skipped(std::size_t shot) const {
  if (entries[shot].error) return *entries[shot].error;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (schedule.state(i) != ShotState::Failed || !entries[i].error) continue;
    Error error(entries[i].error->kind, entries[i].error->step,
                "shot " + number_of(shot) + " was not made, because shot " + number_of(i) +
                    " failed: " + entries[i].error->message,
                entries[i].error->next_step);
    return error;
  }
  return film_cancelled();
}

// A delivered shot is wanted again: what it was bought for is found by its equal request. That does
// not take the picture that it starts from, which is kept no longer than for the purchase; a new
// purchase would.
std::shared_ptr<Generation> Film::State::reopen(std::size_t shot) {
  Settings settings = settings_of(shot, std::string(any_picture()));
  settings.set("reuse", "always");
  const bool continues = storyboard.shots[shot].continues;
  if (continues) settings.set("max_cost_cents", "0");
  auto generation = std::make_shared<Generation>(settings, nullptr, timeouts);
  {
    auto state = shared.lock();
    state->entries[shot].generation = generation;
    if (state->stopping) generation->cancel();
  }
  try {
    generation->run();
  } catch (const Error& error) {
    if (!continues || error.kind != ErrorKind::Budget) throw;
    throw Error(ErrorKind::NotFound, Step::Download,
                "the clip of shot " + number_of(shot) + " is no longer available",
                "run the film again, which makes the shot at its price");
  }
  return generation;
}

}  // namespace airforce
