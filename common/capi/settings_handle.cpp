// SPDX-License-Identifier: LGPL-2.1-or-later
// The C API of settings, and its version. airforce-video.h documents every function.
#include <memory>
#include <string>

#include "airforce-video.h"
#include "capi/error_handle.h"
#include "capi/generation_handle.h"

namespace {

using airforce::guarded;
using airforce::text_of;

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

}  // extern "C"
