// SPDX-License-Identifier: LGPL-2.1-or-later
// The C API: translates, and lets no exception out. airforce-video.h documents every function.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "airforce-video.h"
#include "capi/error_handle.h"
#include "capi/signal_relay.h"
#include "generation/generation.h"
#include "values/settings.h"

struct AirforceSettings {
  airforce::Settings settings;
};

// One run for all who ask: the first caller of run() does it, the others wait for it.
struct AirforceGeneration {
  enum class Progress { Idle, Running, Succeeded, Failed };

  explicit AirforceGeneration(airforce::Settings settings)
      : wanted(settings),
        generation(std::move(settings), [this](const airforce::GenerationEvent& event,
                                               const airforce::Task* task) { tell(event, task); }) {
  }

  void tell(const airforce::GenerationEvent& event, const airforce::Task* task);
  void run();

  const airforce::Settings wanted;

  std::mutex listener_mutex;  // protects the next two, and is held during a call of func: detaching
                              // waits for it
  AirforceEventFunc func = nullptr;
  void* user_data = nullptr;

  std::mutex mutex;  // protects the next three
  std::condition_variable changed;
  Progress progress = Progress::Idle;
  std::optional<airforce::Error> failure;

  bool is_shared = false;                // set before anybody else sees it
  airforce::SignalRelay::Ticket signal;  // likewise
  airforce::Generation generation;       // last: its threads use the rest
};

namespace {

using airforce::Error;
using airforce::ErrorKind;
using airforce::Step;

AirforceTask view(const airforce::Task& task) {
  return {task.task_id.c_str(),         task.status_text.c_str(),
          task.model.c_str(),           task.progress.value_or(-1),
          task.created.value_or(-1),    task.expires_at.value_or(-1),
          task.cost_cents.value_or(-1), task.duration_seconds.value_or(-1),
          task.error_type.c_str(),      task.error_message.c_str()};
}

// Runs `work`; a failure becomes *error and `failed`.
template <typename Result, typename Work>
Result guarded(AirforceError** error, Result failed, Work work) noexcept {
  try {
    return work();
  } catch (const Error& failure) {
    airforce::set_error(error, failure);
  } catch (const std::exception& failure) {
    airforce::set_error(error,
                        Error(ErrorKind::Internal, Step::Settings,
                              std::string("internal error: ") + failure.what(), "report this"));
  }
  return failed;
}

const char* text_of(const char* value) {
  return value != nullptr ? value : "";
}

// The shared generations live as long as the process: equal settings must not buy twice, whoever
// freed the first.
struct SharedGenerations {
  std::mutex mutex;  // protects all
  std::vector<std::unique_ptr<AirforceGeneration>> all;
};

SharedGenerations& shared_generations() {
  static auto* const shared = new SharedGenerations;
  return *shared;
}

}  // namespace

void AirforceGeneration::tell(const airforce::GenerationEvent& event, const airforce::Task* task) {
  AirforceTask task_view{};
  if (task != nullptr) task_view = view(*task);
  AirforceEvent told{};
  told.kind = static_cast<AirforceEventKind>(event.kind);
  told.phase = static_cast<AirforcePhase>(event.phase);
  told.percent = event.percent;
  told.place = event.place;
  told.price_cents = event.price_cents;
  told.bytes = event.bytes;
  told.total_bytes = event.total_bytes;
  told.text = event.text.c_str();
  told.task = task != nullptr ? &task_view : nullptr;
  const std::lock_guard lock(listener_mutex);
  if (func != nullptr) func(&told, user_data);
}

void AirforceGeneration::run() {
  std::unique_lock lock(mutex);
  if (progress == Progress::Idle) {
    progress = Progress::Running;
    lock.unlock();
    std::optional<Error> failed;
    try {
      generation.run();
    } catch (const Error& error) {
      failed = error;
    } catch (const std::exception& error) {
      failed = Error(ErrorKind::Internal, Step::Settings,
                     std::string("internal error: ") + error.what(), "report this");
    }
    lock.lock();
    failure = failed;
    progress = failed ? Progress::Failed : Progress::Succeeded;
    changed.notify_all();
  }
  changed.wait(lock,
               [this] { return progress == Progress::Succeeded || progress == Progress::Failed; });
  if (failure) throw Error(*failure);
}

extern "C" {

int airforce_api_version(void) {
  return AIRFORCE_API_VERSION;
}

const char* airforce_version(void) {
  return AIRFORCE_VERSION;
}

AirforceSettings* airforce_settings_new(void) {
  return new AirforceSettings;
}

void airforce_settings_free(AirforceSettings* settings) {
  delete settings;
}

int airforce_settings_set(AirforceSettings* settings, const char* name, const char* value,
                          AirforceError** error) {
  return guarded(error, -1, [&] {
    if (value == nullptr)
      settings->settings.reset(text_of(name));
    else
      settings->settings.set(text_of(name), value);
    return 0;
  });
}

int airforce_settings_add(AirforceSettings* settings, const char* name, const char* value,
                          AirforceError** error) {
  return guarded(error, -1, [&] {
    settings->settings.add(text_of(name), text_of(value));
    return 0;
  });
}

int airforce_settings_add_image(AirforceSettings* settings, const void* data, size_t size,
                                AirforceError** error) {
  return guarded(error, -1, [&] {
    settings->settings.add_image({static_cast<const char*>(data), data != nullptr ? size : 0});
    return 0;
  });
}

int airforce_settings_set_uri(AirforceSettings* settings, const char* uri, AirforceError** error) {
  return guarded(error, -1, [&] {
    settings->settings.set_uri(text_of(uri));
    return 0;
  });
}

AirforceGeneration* airforce_generation_new(const AirforceSettings* settings,
                                            AirforceEventFunc func, void* user_data) {
  auto generation = std::make_unique<AirforceGeneration>(settings->settings);
  generation->func = func;
  generation->user_data = user_data;
  return generation.release();
}

AirforceGeneration* airforce_generation_get_shared(const AirforceSettings* settings,
                                                   AirforceEventFunc func, void* user_data) {
  SharedGenerations& shared = shared_generations();
  const std::lock_guard lock(shared.mutex);
  AirforceGeneration* found = nullptr;
  for (const auto& generation : shared.all) {
    if (generation->wanted == settings->settings) found = generation.get();
  }
  if (found == nullptr) {
    shared.all.push_back(std::make_unique<AirforceGeneration>(settings->settings));
    found = shared.all.back().get();
    found->is_shared = true;
    found->signal = airforce::SignalRelay::instance().add([found] { found->generation.cancel(); });
  }
  const std::lock_guard listener_lock(found->listener_mutex);
  found->func = func;
  found->user_data = user_data;
  return found;
}

void airforce_generation_free(AirforceGeneration* generation) {
  if (generation == nullptr) return;
  if (!generation->is_shared) {
    generation->generation.cancel();
    delete generation;
    return;
  }
  const std::lock_guard lock(generation->listener_mutex);
  generation->func = nullptr;
}

int airforce_generation_run(AirforceGeneration* generation, AirforceError** error) {
  return guarded(error, -1, [&] {
    generation->run();
    return 0;
  });
}

void airforce_generation_cancel(AirforceGeneration* generation) {
  generation->generation.cancel();
}

void airforce_generation_cancel_from_signal(AirforceGeneration* generation) {
  airforce::SignalRelay::raise(generation->signal);
}

const AirforceTask* airforce_generation_task(AirforceGeneration* generation) {
  thread_local airforce::Task task;
  thread_local AirforceTask task_view;
  task = generation->generation.task();
  if (task.task_id.empty()) return nullptr;
  task_view = view(task);
  return &task_view;
}

int64_t airforce_generation_read_at(AirforceGeneration* generation, uint64_t offset, void* buffer,
                                    size_t size, AirforceError** error) {
  return guarded(error, int64_t{-1}, [&] {
    return static_cast<int64_t>(
        generation->generation.clip().read_at(offset, {static_cast<char*>(buffer), size}));
  });
}

int64_t airforce_generation_size(AirforceGeneration* generation) {
  return generation->generation.clip().size();
}

int64_t airforce_generation_available(AirforceGeneration* generation, uint64_t offset) {
  return generation->generation.clip().available(offset);
}

int64_t airforce_generation_thumbnail(AirforceGeneration* generation, void* buffer, size_t size,
                                      AirforceError** error) {
  return guarded(error, int64_t{-1}, [&] {
    return static_cast<int64_t>(
        generation->generation.thumbnail({static_cast<char*>(buffer), size}));
  });
}

void airforce_generation_set_flushing(AirforceGeneration* generation, int flushing) {
  generation->generation.clip().set_flushing(flushing != 0);
}

int airforce_generation_wait_complete(AirforceGeneration* generation, AirforceError** error) {
  return guarded(error, -1, [&] {
    generation->generation.wait_complete();
    return 0;
  });
}

}  // extern "C"
