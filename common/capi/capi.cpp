// SPDX-License-Identifier: LGPL-2.1-or-later
// The C API: translates, and lets no exception out. airforce-video.h documents every function.
#include <memory>
#include <string>

#include "airforce-video.h"
#include "capi/error_handle.h"
#include "capi/generation_handle.h"

namespace {

using airforce::guarded;
using airforce::text_of;
using Sharing = AirforceGeneration::Sharing;

}  // namespace

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

int airforce_settings_add_last_frame(AirforceSettings* settings, const void* data, size_t size,
                                     const char* task_id, AirforceError** error) {
  return guarded(error, -1, [&] {
    settings->settings.add_image({static_cast<const char*>(data), data != nullptr ? size : 0},
                                 airforce::last_frame_of(text_of(task_id)));
    return 0;
  });
}

void airforce_settings_set_occurrence(AirforceSettings* settings, int occurrence) {
  settings->settings.set_occurrence(occurrence);
}

int airforce_settings_set_uri(AirforceSettings* settings, const char* uri, AirforceError** error) {
  return guarded(error, -1, [&] {
    settings->settings.set_uri(text_of(uri));
    return 0;
  });
}

AirforceGeneration* airforce_generation_new(const AirforceSettings* settings,
                                            AirforceEventFunc func, void* user_data) {
  return new AirforceGeneration(settings->settings, {func, user_data}, Sharing::None);
}

AirforceGeneration* airforce_generation_get_shared(const AirforceSettings* settings,
                                                   AirforceEventFunc func, void* user_data) {
  return new AirforceGeneration(settings->settings, {func, user_data}, Sharing::WhileOpen);
}

void airforce_generation_free(AirforceGeneration* generation) {
  if (generation == nullptr) return;
  generation->cancel();
  delete generation;
}

int airforce_generation_run(AirforceGeneration* generation, AirforceError** error) {
  return guarded(error, -1, [&] {
    generation->run();
    return 0;
  });
}

void airforce_generation_cancel(AirforceGeneration* generation) {
  generation->cancel();
}

void airforce_generation_cancel_from_signal(AirforceGeneration* generation) {
  airforce::SignalRelay::raise(generation->signal);
}

const AirforceTask* airforce_generation_task(AirforceGeneration* generation) {
  thread_local airforce::Task task;
  thread_local AirforceTask task_view;
  task = generation->task();
  if (task.task_id.empty()) return nullptr;
  task_view = airforce::view(task);
  return &task_view;
}

AirforceCharge airforce_generation_charge(AirforceGeneration* generation) {
  return static_cast<AirforceCharge>(generation->charge());
}

const char* airforce_phase_name(AirforcePhase phase) {
  return airforce::name_of(static_cast<airforce::GenerationPhase>(phase));
}

const char* airforce_generation_charge_name(AirforceGeneration* generation) {
  return airforce::name_of(generation->charge());
}

int64_t airforce_generation_read_at(AirforceGeneration* generation, uint64_t offset, void* buffer,
                                    size_t size, AirforceError** error) {
  return guarded(error, int64_t{-1}, [&] {
    return static_cast<int64_t>(generation->read_at(offset, {static_cast<char*>(buffer), size}));
  });
}

int64_t airforce_generation_size(AirforceGeneration* generation) {
  return guarded(nullptr, int64_t{-1},
                 [&] { return static_cast<int64_t>(generation->opened().clip().size()); });
}

int64_t airforce_generation_available(AirforceGeneration* generation, uint64_t offset) {
  return guarded(nullptr, int64_t{0}, [&] {
    return static_cast<int64_t>(generation->opened().clip().available(offset));
  });
}

int64_t airforce_generation_thumbnail(AirforceGeneration* generation, void* buffer, size_t size,
                                      AirforceError** error) {
  return guarded(error, int64_t{-1}, [&] {
    return static_cast<int64_t>(generation->thumbnail({static_cast<char*>(buffer), size}));
  });
}

void airforce_generation_set_flushing(AirforceGeneration* generation, int flushing) {
  guarded(nullptr, -1, [&] {
    generation->set_flushing(flushing != 0);
    return 0;
  });
}

int airforce_generation_wait_complete(AirforceGeneration* generation, AirforceError** error) {
  return guarded(error, -1, [&] {
    generation->wait_complete();
    return 0;
  });
}

void airforce_generation_set_delivered(AirforceGeneration* generation) {
  generation->set_delivered();
}

}  // extern "C"
