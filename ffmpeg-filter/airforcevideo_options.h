// SPDX-License-Identifier: LGPL-2.1-or-later
// The vocabulary as AVOptions, and back as the core's settings.
//
// The API key is none of them: ffmpeg prints option strings, in errors and as "Input #0".
#ifndef AVFILTER_AIRFORCEVIDEO_OPTIONS_H
#define AVFILTER_AIRFORCEVIDEO_OPTIONS_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "airforce-video-loader.h"
#include "libavutil/avstring.h"
#include "libavutil/macros.h"
#include "libavutil/mem.h"
#include "libavutil/opt.h"

// --- One field for each parameter

#define FIELD_STRING(name) char* name;
#define FIELD_LIST(name) char* name;
#define FIELD_BOOL(name) int name;
#define FIELD_INT(name) int name;
#define FIELD_CHOICE(name) int name;
#define FIELD_INT64(name) int64_t name;
#define FIELD_DOUBLE(name) double name;

typedef struct Parameters {
#define AIRFORCE_SECRET_PARAMETER(...)
#define AIRFORCE_PARAMETER(type, name, ...) FIELD_##type(name)
#include "airforce-video-parameters.def"
} Parameters;

// --- One AVOption for each, at OPTION_OFFSET(name), which the includer defines with OPTION_FLAGS

#define OPTION_STRING(key, help, name, initial, minimum, maximum) \
  {key, help, OPTION_OFFSET(name), AV_OPT_TYPE_STRING, {.str = initial}, 0, 0, OPTION_FLAGS},
#define OPTION_LIST(key, help, name, initial, minimum, maximum) \
  OPTION_STRING(key, help " ('|' between two)", name, initial, 0, 0)
#define OPTION_NUMBER(key, help, name, type, initial, minimum, maximum) \
  {key, help, OPTION_OFFSET(name), type, {initial}, minimum, maximum, OPTION_FLAGS},
#define OPTION_BOOL(key, help, name, initial, minimum, maximum) \
  OPTION_NUMBER(key, help, name, AV_OPT_TYPE_BOOL, .i64 = initial, 0, 1)
#define OPTION_INT(key, help, name, initial, minimum, maximum) \
  OPTION_NUMBER(key, help, name, AV_OPT_TYPE_INT, .i64 = initial, minimum, maximum)
#define OPTION_INT64(key, help, name, initial, minimum, maximum) \
  OPTION_NUMBER(key, help, name, AV_OPT_TYPE_INT64, .i64 = initial, minimum, maximum)
#define OPTION_DOUBLE(key, help, name, initial, minimum, maximum) \
  OPTION_NUMBER(key, help, name, AV_OPT_TYPE_DOUBLE, .dbl = initial, minimum, maximum)
// clang-format off
#define OPTION_CHOICE(key, help, name, initial, minimum, maximum)                                 \
  {key, help, OPTION_OFFSET(name), AV_OPT_TYPE_INT, {.i64 = initial}, 0, maximum, OPTION_FLAGS, #name},
#define OPTION_CONSTANT(parameter, value, name, help) \
  {name, help, 0, AV_OPT_TYPE_CONST, {.i64 = value}, 0, 0, OPTION_FLAGS, #parameter},
// clang-format on

// A choice's range ends with its last row.
#define LAST_STRING(name, maximum)
#define LAST_LIST(name, maximum)
#define LAST_BOOL(name, maximum)
#define LAST_INT(name, maximum)
#define LAST_INT64(name, maximum)
#define LAST_DOUBLE(name, maximum)
#define LAST_CHOICE(name, maximum) LAST_##name = maximum,
enum {
#define AIRFORCE_PARAMETER(type, name, traits, key, flag, initial, minimum, maximum, ...) \
  LAST_##type(name, maximum)
#include "airforce-video-parameters.def"
};
#define AIRFORCE_CHOICE(parameter, value, ...) \
  _Static_assert(value <= LAST_##parameter, "this choice is out of the range of its parameter");
#include "airforce-video-parameters.def"

// --- The settings made from the fields

typedef struct SettingsMaker {
  const AirforceCore* core;
  AirforceSettings* settings;
  AirforceError* error;  // the first; nothing is set after it
} SettingsMaker;

static const char* choice_name(const char* parameter, int value) {
  static const struct {
    const char* parameter;
    const char* name;
    int value;
  } rows[] = {
#define AIRFORCE_CHOICE(parameter, value, name, help) {#parameter, name, value},
#include "airforce-video-parameters.def"
  };
  for (size_t i = 0; i < FF_ARRAY_ELEMS(rows); i++)
    if (rows[i].value == value && !strcmp(rows[i].parameter, parameter)) return rows[i].name;
  return NULL;
}

static void set_STRING(SettingsMaker* maker, const char* name, const char* value) {
  if (value && !maker->error)
    maker->core->airforce_settings_set(maker->settings, name, value, &maker->error);
}

static void set_LIST(SettingsMaker* maker, const char* name, const char* value) {
  while (value && *value && !maker->error) {
    char* item = av_get_token(&value, "|");
    if (item) maker->core->airforce_settings_add(maker->settings, name, item, &maker->error);
    av_free(item);
    if (*value) value++;
  }
}

static void set_INT64(SettingsMaker* maker, const char* name, int64_t value) {
  char text[32];
  snprintf(text, sizeof text, "%" PRId64, value);
  set_STRING(maker, name, text);
}

static void set_BOOL(SettingsMaker* maker, const char* name, int value) {
  set_INT64(maker, name, value);
}

static void set_INT(SettingsMaker* maker, const char* name, int value) {
  set_INT64(maker, name, value);
}

static void set_DOUBLE(SettingsMaker* maker, const char* name, double value) {
  char text[64];
  snprintf(text, sizeof text, "%.15g", value);
  set_STRING(maker, name, text);
}

static void set_CHOICE(SettingsMaker* maker, const char* name, int value) {
  set_STRING(maker, name, choice_name(name, value));
}

// New settings, for the caller to free; on failure *error is set too.
static AirforceSettings* make_settings(const AirforceCore* core, const Parameters* parameters,
                                       AirforceError** error) {
  SettingsMaker maker = {core, core->airforce_settings_new(), NULL};
#define AIRFORCE_SECRET_PARAMETER(...)
#define AIRFORCE_PARAMETER(type, name, ...) set_##type(&maker, #name, parameters->name);
#include "airforce-video-parameters.def"
  *error = maker.error;
  return maker.settings;
}

#endif
