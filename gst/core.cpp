// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core.h"

#include "airforce-video-loader.h"  // here alone: it keeps its state per translation unit

namespace airforce::gst {
namespace {

const AirforceCore& core() {
  const char* why = nullptr;
  if (const AirforceCore* functions = airforce_core(&why)) return *functions;
  Failure failure;
  failure.step = kStepLoad;
  failure.message = failure.text = why;
  throw failure;
}

[[noreturn]] void fail(AirforceError* error) {
  const AirforceCore& c = core();
  Failure failure;
  failure.kind = c.airforce_error_kind(error);
  failure.charge = c.airforce_error_charge_name(error);
  failure.step = c.airforce_error_step(error);
  failure.http_status = c.airforce_error_http_status(error);
  failure.api_type = c.airforce_error_api_type(error);
  failure.api_code = c.airforce_error_api_code(error);
  failure.request_id = c.airforce_error_request_id(error);
  failure.task_id = c.airforce_error_task_id(error);
  failure.candidates = c.airforce_error_candidates(error);
  failure.message = c.airforce_error_message(error);
  failure.next_step = c.airforce_error_next_step(error);
  failure.text = c.airforce_error_text(error);
  c.airforce_error_free(error);
  throw failure;
}

}  // namespace

std::string visible_text(const std::string& text) {
  return core().airforce_visible_text(text.c_str());
}

const char* phase_name(AirforcePhase phase) {
  return core().airforce_phase_name(phase);
}

std::string shell_word(const std::string& text) {
  return core().airforce_shell_word(text.c_str());
}

CoreSettings::CoreSettings() : settings_(core().airforce_settings_new()) {}

void CoreSettings::Free::operator()(AirforceSettings* settings) const {
  core().airforce_settings_free(settings);
}

void CoreSettings::set(const char* name, const char* value) {
  AirforceError* error = nullptr;
  if (core().airforce_settings_set(settings_.get(), name, value, &error) != 0) fail(error);
}

void CoreSettings::add(const char* name, const char* value) {
  AirforceError* error = nullptr;
  if (core().airforce_settings_add(settings_.get(), name, value, &error) != 0) fail(error);
}

void CoreSettings::add_image(std::span<const std::uint8_t> bytes, const std::string& name) {
  AirforceError* error = nullptr;
  if (core().airforce_settings_add_image(settings_.get(), bytes.data(), bytes.size(), &error) == 0)
    return;
  try {
    fail(error);
  } catch (Failure& failure) {
    failure.message = name + ": " + failure.message;
    failure.text = name + ": " + failure.text;
    throw;
  }
}

void CoreSettings::add_last_frame(std::span<const std::uint8_t> bytes, const std::string& task_id) {
  AirforceError* error = nullptr;
  if (core().airforce_settings_add_last_frame(settings_.get(), bytes.data(), bytes.size(),
                                              task_id.c_str(), &error) != 0)
    fail(error);
}

void CoreSettings::set_occurrence(int occurrence) {
  core().airforce_settings_set_occurrence(settings_.get(), occurrence);
}

void CoreSettings::set_uri(const char* uri) {
  AirforceError* error = nullptr;
  if (core().airforce_settings_set_uri(settings_.get(), uri, &error) != 0) fail(error);
}

std::vector<StoryboardShot> read_storyboard(const char* path, bool continue_all) {
  const AirforceCore& c = core();
  AirforceError* error = nullptr;
  const std::unique_ptr<AirforceSettings, void (*)(AirforceSettings*)> defaults(
      c.airforce_settings_new(), c.airforce_settings_free);
  const std::unique_ptr<AirforceFilm, void (*)(AirforceFilm*)> film(
      c.airforce_film_new_from_file(defaults.get(), path, continue_all ? 1 : 0, &error),
      c.airforce_film_free);
  if (!film) fail(error);
  std::vector<StoryboardShot> shots(c.airforce_film_count(film.get()));
  for (std::size_t i = 0; i < shots.size(); ++i) {
    AirforceShot description;
    c.airforce_film_shot(film.get(), i, &description);
    shots[i].continues = description.continues != 0;
    c.airforce_film_shot_fields(
        film.get(), i,
        [](const char* name, const char* value, void* fields) {
          static_cast<decltype(shots[i].fields)*>(fields)->emplace_back(name, value);
        },
        &shots[i].fields);
  }
  return shots;
}

CoreGeneration::CoreGeneration(const CoreSettings& settings, Listener listener)
    : listener_(std::move(listener)),
      generation_(core().airforce_generation_get_shared(
          settings.settings_.get(),
          [](const AirforceEvent* event, void* self) {
            static_cast<CoreGeneration*>(self)->listener_(*event);
          },
          this)) {}

CoreGeneration::CoreGeneration(AirforceGeneration* generation, std::shared_ptr<CoreFilm> film)
    : film_(std::move(film)), generation_(generation) {}

void CoreGeneration::Free::operator()(AirforceGeneration* generation) const {
  core().airforce_generation_free(generation);
}

void CoreGeneration::run() {
  AirforceError* error = nullptr;
  if (core().airforce_generation_run(generation_.get(), &error) != 0) fail(error);
}

void CoreGeneration::wait_complete() {
  AirforceError* error = nullptr;
  if (core().airforce_generation_wait_complete(generation_.get(), &error) != 0) fail(error);
}

void CoreGeneration::cancel() {
  core().airforce_generation_cancel(generation_.get());
}

std::size_t CoreGeneration::read_at(std::uint64_t offset, std::span<std::uint8_t> buffer) {
  AirforceError* error = nullptr;
  const std::int64_t count = core().airforce_generation_read_at(
      generation_.get(), offset, buffer.data(), buffer.size(), &error);
  if (count < 0) fail(error);
  return static_cast<std::size_t>(count);
}

std::vector<std::uint8_t> CoreGeneration::thumbnail() {
  constexpr std::size_t kMax = 4u << 20;
  // Untouched, what is not used of it takes neither memory nor time.
  const auto image = std::make_unique_for_overwrite<std::uint8_t[]>(kMax);
  AirforceError* error = nullptr;
  const std::int64_t count =
      core().airforce_generation_thumbnail(generation_.get(), image.get(), kMax, &error);
  if (count < 0) fail(error);
  return {image.get(), image.get() + count};
}

std::int64_t CoreGeneration::size() const {
  return core().airforce_generation_size(generation_.get());
}

std::int64_t CoreGeneration::available(std::uint64_t offset) const {
  return core().airforce_generation_available(generation_.get(), offset);
}

void CoreGeneration::set_flushing(bool flushing) {
  core().airforce_generation_set_flushing(generation_.get(), flushing ? 1 : 0);
}

void CoreGeneration::set_delivered() {
  core().airforce_generation_set_delivered(generation_.get());
}

std::string CoreGeneration::task_id() const {
  const AirforceTask* task = core().airforce_generation_task(generation_.get());
  return task == nullptr ? std::string() : std::string(task->task_id);
}

BoughtTask CoreGeneration::bought() const {
  return {task_id(), core().airforce_generation_charge_name(generation_.get())};
}

namespace {

class StoryboardFilm final : public CoreFilm {
 public:
  explicit StoryboardFilm(AirforceFilm* film) : film_(film) {}

  void plan() override {
    AirforceError* error = nullptr;
    if (core().airforce_film_plan(film_.get(), &error) != 0) fail(error);
  }

  void start(Listener listener) override {
    listener_ = std::move(listener);
    AirforceError* error = nullptr;
    const auto call = [](const AirforceFilmEvent* event, void* self) {
      static_cast<StoryboardFilm*>(self)->listener_(*event);
    };
    if (core().airforce_film_start(film_.get(), call, this, &error) != 0) fail(error);
  }

  void cancel() override { core().airforce_film_cancel(film_.get()); }
  std::size_t count() const override { return core().airforce_film_count(film_.get()); }

  Shot shot(std::size_t index) const override {
    AirforceShot shot;
    core().airforce_film_shot(film_.get(), index, &shot);
    return {shot.prompt,           shot.continues != 0, shot.sound != 0,
            shot.duration_seconds, shot.price_cents,    shot.task_id};
  }

  double price_cents() const override { return core().airforce_film_price_cents(film_.get()); }

  std::shared_ptr<CoreGeneration> generation(std::size_t shot) override {
    return wrapped(core().airforce_film_shot_generation(film_.get(), shot), shared_from_this());
  }

  void set_last_frame(std::size_t shot, std::span<const std::uint8_t> picture) override {
    AirforceError* error = nullptr;
    const void* data = picture.empty() ? nullptr : picture.data();
    if (core().airforce_film_set_last_frame(film_.get(), shot, data, picture.size(), &error) != 0) {
      fail(error);
    }
  }

  void set_position(std::size_t shot) override {
    core().airforce_film_set_position(film_.get(), shot);
  }

 private:
  struct Free {
    void operator()(AirforceFilm* film) const { core().airforce_film_free(film); }
  };

  Listener listener_;
  std::unique_ptr<AirforceFilm, Free> film_;  // goes first: it calls the listener
};

}  // namespace

std::shared_ptr<CoreFilm> CoreFilm::make(const CoreSettings& settings,
                                         const Storyboard& storyboard) {
  AirforceError* error = nullptr;
  AirforceFilm* film = nullptr;
  AirforceSettings* defaults = settings_of(settings);
  const int continues = storyboard.continues ? 1 : 0;
  if (!storyboard.file.empty()) {
    film = core().airforce_film_new_from_file(defaults, storyboard.file.c_str(), continues, &error);
  } else if (!storyboard.prompts.empty()) {
    std::vector<const char*> prompts;
    for (const std::string& prompt : storyboard.prompts) prompts.push_back(prompt.c_str());
    prompts.push_back(nullptr);
    film = core().airforce_film_new_from_prompts(defaults, prompts.data(), continues, &error);
  } else {
    film = core().airforce_film_new_from_uri(defaults, storyboard.uri.c_str(), &error);
  }
  if (film == nullptr) fail(error);
  return std::make_shared<StoryboardFilm>(film);
}

}  // namespace airforce::gst
