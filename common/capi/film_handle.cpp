// SPDX-License-Identifier: LGPL-2.1-or-later
// The C API of films. airforce-video.h documents every function.
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "capi/generation_handle.h"
#include "film/film_uri.h"

namespace {

constexpr int kJobs = 4;
constexpr int kAhead = 16;  // open clips: descriptors, and disk space

}  // namespace

struct AirforceFilm {
  AirforceFilm(airforce::Storyboard its_storyboard, airforce::Settings its_settings,
               const std::string& name)
      : storyboard(std::move(its_storyboard)), settings(std::move(its_settings)) {
    airforce::check_storyboard(storyboard, name);
    options.name = name;
    options.jobs = kJobs;
    options.ahead = kAhead;
  }

  // Made when it is first needed: its options are complete then.
  airforce::Film& film() {
    auto film = made.lock();
    if (!*film) *film = std::make_unique<airforce::Film>(storyboard, settings, options);
    return **film;
  }

  void report(const airforce::FilmEvent& event);

  const airforce::Storyboard storyboard;
  const airforce::Settings settings;
  airforce::FilmOptions options;
  AirforceFilmEventFunc func = nullptr;
  void* user_data = nullptr;
  // Locked while the film is made, which takes no other lock.
  airforce::Guarded<std::unique_ptr<airforce::Film>> made;
};

namespace {

using airforce::guarded;
using airforce::text_of;

AirforceShotState state_of(airforce::ShotState state) {
  return static_cast<AirforceShotState>(state);
}

AirforceFilm* new_film(AirforceError** error, const std::function<AirforceFilm*()>& make) {
  return guarded(error, static_cast<AirforceFilm*>(nullptr), make);
}

airforce::StoryboardOptions with(int continue_all) {
  airforce::StoryboardOptions options;
  options.continues = continue_all != 0;
  return options;
}

}  // namespace

void AirforceFilm::report(const airforce::FilmEvent& event) {
  if (func == nullptr) return;
  AirforceFilmEvent reported{};
  reported.kind = static_cast<AirforceFilmEventKind>(event.kind);
  reported.shot = event.shot;
  reported.state = state_of(event.state);
  AirforceError* error = nullptr;
  if (event.error != nullptr) airforce::set_error(&error, *event.error);
  reported.error = error;
  if (event.event == nullptr) {
    func(&reported, user_data);
  } else {
    airforce::with_event(*event.event, event.task, [&](const AirforceEvent& of_shot) {
      reported.event = &of_shot;
      func(&reported, user_data);
    });
  }
  airforce_error_free(error);
}

extern "C" {

AirforceFilm* airforce_film_new(const AirforceSettings* settings, const char* storyboard,
                                size_t size, int continue_all, AirforceError** error) {
  return new_film(error, [&] {
    return new AirforceFilm(
        airforce::parse_storyboard({text_of(storyboard), storyboard != nullptr ? size : 0},
                                   settings->settings, with(continue_all)),
        settings->settings, "storyboard");
  });
}

AirforceFilm* airforce_film_new_from_file(const AirforceSettings* settings, const char* path,
                                          int continue_all, AirforceError** error) {
  return new_film(error, [&] {
    const std::string text = airforce::read_storyboard_file(text_of(path));
    return new AirforceFilm(
        airforce::parse_storyboard(text, settings->settings, with(continue_all)),
        settings->settings, text_of(path));
  });
}

AirforceFilm* airforce_film_new_from_prompts(const AirforceSettings* settings,
                                             const char* const* prompts, int continue_all,
                                             AirforceError** error) {
  return new_film(error, [&] {
    std::vector<std::string> list;
    for (; prompts != nullptr && *prompts != nullptr; ++prompts) list.emplace_back(*prompts);
    return new AirforceFilm(airforce::storyboard_of(list, settings->settings, with(continue_all)),
                            settings->settings, "prompts");
  });
}

AirforceFilm* airforce_film_new_from_uri(const AirforceSettings* settings, const char* uri,
                                         AirforceError** error) {
  return new_film(error, [&] {
    airforce::Settings changed = settings->settings;
    airforce::Storyboard storyboard = airforce::storyboard_of_uri(text_of(uri), changed);
    return new AirforceFilm(std::move(storyboard), std::move(changed), "storyboard");
  });
}

void airforce_film_free(AirforceFilm* film) {
  delete film;
}

void airforce_film_set_jobs(AirforceFilm* film, int jobs) {
  film->options.jobs = jobs;
}

void airforce_film_set_ahead(AirforceFilm* film, int shots) {
  film->options.ahead =
      shots > 0 ? static_cast<std::size_t>(shots) : airforce::ShotSchedule::kNoLimit;
}

void airforce_film_set_skip_failed(AirforceFilm* film, int skip) {
  film->options.on_error = skip != 0 ? airforce::OnShotError::Skip : airforce::OnShotError::Stop;
}

size_t airforce_film_count(AirforceFilm* film) {
  return film->storyboard.shots.size();
}

void airforce_film_shot(AirforceFilm* film, size_t shot, AirforceShot* description) {
  thread_local std::string task_id;
  const airforce::Shot& its = film->storyboard.shots[shot];
  const airforce::Film::ShotStatus status = film->film().status(shot);
  task_id = status.task_id;
  *description = {};
  description->line = its.line;
  description->prompt = its.settings.string(airforce::Parameter::prompt).c_str();
  description->model = its.settings.string(airforce::Parameter::model).c_str();
  description->continues = its.continues ? 1 : 0;
  description->sound = its.settings.flag(airforce::Parameter::sound) ? 1 : 0;
  description->price_cents = -1;
  if (const std::optional<airforce::Price> price = film->film().price(shot)) {
    description->duration_seconds = price->duration_seconds;
    description->price_cents = price->cents.value_or(-1);
  }
  description->state = state_of(status.state);
  description->task_id = task_id.c_str();
}

void airforce_film_shot_fields(AirforceFilm* film, size_t shot, AirforceFieldFunc func,
                               void* user_data) {
  const airforce::Shot& its = film->storyboard.shots[shot];
  std::istringstream names(its.fields.empty() ? "prompt" : its.fields);
  for (std::string name; names >> name;) {
    const airforce::ParameterInfo* parameter = airforce::find_parameter(name);
    if (parameter == nullptr) continue;  // `continue`
    for (const std::string& text : its.settings.texts(parameter->id))
      func(parameter->name, text.c_str(), user_data);
  }
}

int airforce_film_plan(AirforceFilm* film, AirforceError** error) {
  return guarded(error, -1, [&] {
    film->film().plan();
    return 0;
  });
}

double airforce_film_price_cents(AirforceFilm* film) {
  return film->film().total_cents().value_or(-1);
}

int airforce_film_start(AirforceFilm* film, AirforceFilmEventFunc func, void* user_data,
                        AirforceError** error) {
  return guarded(error, -1, [&] {
    film->func = func;
    film->user_data = user_data;
    film->film().start([film](const airforce::FilmEvent& event) { film->report(event); });
    return 0;
  });
}

void airforce_film_cancel(AirforceFilm* film) {
  film->film().cancel();
}

AirforceGeneration* airforce_film_shot_generation(AirforceFilm* film, size_t shot) {
  return new AirforceGeneration(film->film(), shot);
}

int airforce_film_set_last_frame(AirforceFilm* film, size_t shot, const void* data, size_t size,
                                 AirforceError** error) {
  return guarded(error, -1, [&] {
    film->film().set_last_frame(
        shot, data != nullptr ? std::string(static_cast<const char*>(data), size) : std::string());
    return 0;
  });
}

void airforce_film_set_position(AirforceFilm* film, size_t shot) {
  film->film().set_position(shot);
}

}  // extern "C"
