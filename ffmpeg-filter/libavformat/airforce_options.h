// SPDX-License-Identifier: LGPL-2.1-or-later
// The vocabulary as AVOptions, and back as the core's settings. Used by the protocol and the
// filter.
//
// The API key is none of them: ffmpeg prints option strings, in errors and as "Input #0".
#ifndef AVFORMAT_AIRFORCE_OPTIONS_H
#define AVFORMAT_AIRFORCE_OPTIONS_H

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "airforce-video-loader.h"
#include "libavutil/avstring.h"
#include "libavutil/avutil.h"
#include "libavutil/bprint.h"
#include "libavutil/error.h"
#include "libavutil/log.h"
#include "libavutil/macros.h"
#include "libavutil/mem.h"
#include "libavutil/opt.h"

// --- Parameters that are times

// Rows whose unit is "s" are AV_OPT_TYPE_DURATION, as times are everywhere in FFmpeg. The
// preprocessor cannot compare the unit, so they are listed here; the assertion below holds the list
// to the table.
#define AIRFORCE_TIME_duration_seconds ~, 1
#define AIRFORCE_TIME_timeout ~, 1
#define AIRFORCE_TIME_poll_interval ~, 1
#define AIRFORCE_SECOND(first, second, ...) second
#define AIRFORCE_IS_TIME_(...) AIRFORCE_SECOND(__VA_ARGS__, 0, 0)
#define AIRFORCE_IS_TIME(name) AIRFORCE_IS_TIME_(AIRFORCE_TIME_##name)
#define AIRFORCE_JOIN_(first, second) first##second
#define AIRFORCE_JOIN(first, second) AIRFORCE_JOIN_(first, second)

#define AIRFORCE_PARAMETER(type, name, traits, key, flag, initial, minimum, maximum, unit, help) \
    _Static_assert(AIRFORCE_IS_TIME(name) == (sizeof(unit) == sizeof("s")),                      \
                   "the parameter " #name " must be listed above if its unit is s");
#include "airforce-video-parameters.def"

// --- One field for each parameter

#define FIELD_STRING(name) char *name;
#define FIELD_LIST(name) char *name;
#define FIELD_BOOL(name) int name;
#define FIELD_CHOICE(name) int name;
#define FIELD_INT64(name) int64_t name;
#define FIELD_INT(name) int64_t name; // a number, or microseconds
#define FIELD_DOUBLE_0(name) double name;
#define FIELD_DOUBLE_1(name) int64_t name; // microseconds
#define FIELD_DOUBLE(name) AIRFORCE_JOIN(FIELD_DOUBLE_, AIRFORCE_IS_TIME(name))(name)

typedef struct AirforceParameters {
#define AIRFORCE_SECRET_PARAMETER(...)
#define AIRFORCE_PARAMETER(type, name, ...) FIELD_##type(name)
#include "airforce-video-parameters.def"
    char *prompt_file_alias; // prompt_file and promptfile are alike
    char *storyboard;        // of a film; NULL: one clip
    int continues;           // each shot of it starts from the last frame of the one before
} AirforceParameters;

// --- One AVOption for each, at OPTION_OFFSET(name), which the includer defines with OPTION_FLAGS

#define OPTION_STRING(key, help, name, initial, minimum, maximum) \
    {key, help, OPTION_OFFSET(name), AV_OPT_TYPE_STRING, {.str = initial}, 0, 0, OPTION_FLAGS},
#define OPTION_LIST(key, help, name, initial, minimum, maximum) \
    OPTION_STRING(key, help " ('|' between two)", name, initial, 0, 0)
#define OPTION_NUMBER(key, help, name, type, initial, minimum, maximum) \
    {key, help, OPTION_OFFSET(name), type, {initial}, minimum, maximum, OPTION_FLAGS},
#define OPTION_BOOL(key, help, name, initial, minimum, maximum) \
    OPTION_NUMBER(key, help, name, AV_OPT_TYPE_BOOL, .i64 = initial, 0, 1)
#define OPTION_INT64(key, help, name, initial, minimum, maximum) \
    OPTION_NUMBER(key, help, name, AV_OPT_TYPE_INT64, .i64 = initial, minimum, maximum)
#define OPTION_TIME(key, help, name, initial, minimum, maximum)                                  \
    OPTION_NUMBER(key, help, name, AV_OPT_TYPE_DURATION, .i64 = (int64_t)(initial)*AV_TIME_BASE, \
                  (minimum)*1e6, (maximum)*1e6)
#define OPTION_INT_0 OPTION_INT64
#define OPTION_INT_1 OPTION_TIME
#define OPTION_INT(key, help, name, initial, minimum, maximum) \
    AIRFORCE_JOIN(OPTION_INT_, AIRFORCE_IS_TIME(name))(key, help, name, initial, minimum, maximum)
#define OPTION_DOUBLE_0(key, help, name, initial, minimum, maximum) \
    OPTION_NUMBER(key, help, name, AV_OPT_TYPE_DOUBLE, .dbl = initial, minimum, maximum)
#define OPTION_DOUBLE_1 OPTION_TIME
#define OPTION_DOUBLE(key, help, name, initial, minimum, maximum) \
    AIRFORCE_JOIN(OPTION_DOUBLE_, AIRFORCE_IS_TIME(name))         \
    (key, help, name, initial, minimum, maximum)
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

// Sets what differs from its default; the core has the same defaults.
typedef struct SettingsMaker {
    void *log;
    const AirforceCore *core;
    AirforceSettings *settings; // NULL: they are written as fields of a URI
    AVBPrint *uri;
    AirforceError *error; // the first; nothing is set after it
    int ret;
} SettingsMaker;

static inline const char *airforce_choice_name(const char *parameter, int value)
{
    static const struct {
        const char *parameter;
        const char *name;
        int value;
    } rows[] = {
#define AIRFORCE_CHOICE(parameter, value, name, help) {#parameter, name, value},
#include "airforce-video-parameters.def"
    };
    for (size_t i = 0; i < FF_ARRAY_ELEMS(rows); i++)
        if (rows[i].value == value && !strcmp(rows[i].parameter, parameter))
            return rows[i].name;
    return NULL;
}

static inline void put_uri_field(AVBPrint *uri, const char *name, const char *value)
{
    av_bprintf(uri, "&%s=", name);
    for (; *value; value++) {
        const int lower = av_tolower(*value);
        if (av_isdigit(lower) || (lower >= 'a' && lower <= 'z') || strchr("-._~", lower))
            av_bprint_chars(uri, *value, 1);
        else
            av_bprintf(uri, "%%%02X", (unsigned char)*value);
    }
}

static inline void set_text(SettingsMaker *maker, const char *name, const char *value)
{
    if (!value || maker->error || maker->ret < 0)
        return;
    if (maker->settings)
        maker->core->airforce_settings_set(maker->settings, name, value, &maker->error);
    else
        put_uri_field(maker->uri, name, value);
}

static inline void set_integer(SettingsMaker *maker, const char *name, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    set_text(maker, name, text);
}

static inline void set_number(SettingsMaker *maker, const char *name, double value)
{
    char text[64];
    snprintf(text, sizeof text, "%.15g", value);
    set_text(maker, name, text);
}

static inline void set_list(SettingsMaker *maker, const char *name, const char *value)
{
    while (value && *value && !maker->error && maker->ret >= 0) {
        char *item = av_get_token(&value, "|");
        if (item && !maker->settings)
            put_uri_field(maker->uri, name, item);
        else if (item)
            maker->core->airforce_settings_add(maker->settings, name, item, &maker->error);
        av_free(item);
        if (*value)
            value++;
    }
}

// A ratio such as 16/9 needs no escaping in FFmpeg; the service writes 16:9.
static inline void set_ratio(SettingsMaker *maker, const char *name, const char *value)
{
    char text[32];
    char *slash;
    if (!value)
        return;
    av_strlcpy(text, value, sizeof text);
    if ((slash = strchr(text, '/')))
        *slash = ':';
    set_text(maker, name, strlen(value) < sizeof text ? text : value);
}

static inline void set_whole_seconds(SettingsMaker *maker, const char *name, const char *key,
                                     int64_t microseconds)
{
    if (microseconds % AV_TIME_BASE) {
        av_log(maker->log, AV_LOG_ERROR,
               "%s=%g: the service makes clips of whole seconds. Nothing was charged. Use %s=%d or "
               "%s=%d\n",
               key, microseconds / (double)AV_TIME_BASE, key, (int)(microseconds / AV_TIME_BASE),
               key, (int)(microseconds / AV_TIME_BASE) + 1);
        maker->ret = AVERROR(EINVAL);
    }
    set_integer(maker, name, microseconds / AV_TIME_BASE);
}

#define SET_STRING(name, key, value, initial) \
    if (strcmp(#name, "aspect_ratio"))        \
        set_text(&maker, #name, value);       \
    else                                      \
        set_ratio(&maker, #name, value)
#define SET_LIST(name, key, value, initial) set_list(&maker, #name, value)
#define SET_BOOL(name, key, value, initial) \
    if (value != (initial))                 \
    set_integer(&maker, #name, value)
#define SET_INT64 SET_INT_0
#define SET_INT_0(name, key, value, initial) \
    if (value != (initial))                  \
    set_integer(&maker, #name, value)
#define SET_INT_1(name, key, value, initial)      \
    if (value != (int64_t)(initial)*AV_TIME_BASE) \
    set_whole_seconds(&maker, #name, key, value)
#define SET_INT(name, key, value, initial) \
    AIRFORCE_JOIN(SET_INT_, AIRFORCE_IS_TIME(name))(name, key, value, initial)
#define SET_DOUBLE_0(name, key, value, initial) \
    if (value != (initial))                     \
    set_number(&maker, #name, value)
#define SET_DOUBLE_1(name, key, value, initial)               \
    if (value != (int64_t)((initial) * (double)AV_TIME_BASE)) \
    set_number(&maker, #name, value / (double)AV_TIME_BASE)
#define SET_DOUBLE(name, key, value, initial) \
    AIRFORCE_JOIN(SET_DOUBLE_, AIRFORCE_IS_TIME(name))(name, key, value, initial)
#define SET_CHOICE(name, key, value, initial) \
    if (value != (initial))                   \
    set_text(&maker, #name, airforce_choice_name(#name, value))

// Sets the rows of which one of these traits is set, or all (0). On failure returns an AVERROR that
// was logged, or sets *error.
static inline int airforce_make_parameters(SettingsMaker maker,
                                           const AirforceParameters *parameters, int traits_wanted,
                                           AirforceError **error)
{
#define AIRFORCE_SECRET_PARAMETER(...)
#define AIRFORCE_PARAMETER(type, name, traits, key, flag, initial, ...) \
    if (!traits_wanted || ((traits)&traits_wanted)) {                   \
        SET_##type(name, key, parameters->name, initial);               \
    }
#include "airforce-video-parameters.def"
    if (!traits_wanted)
        set_text(&maker, "prompt_file", parameters->prompt_file_alias);
    *error = maker.error;
    return maker.error ? AVERROR_EXTERNAL : maker.ret;
}

static inline int airforce_set_parameters(void *log, const AirforceCore *core,
                                          const AirforceParameters *parameters, int traits_wanted,
                                          AirforceSettings *settings, AirforceError **error)
{
    return airforce_make_parameters((SettingsMaker){log, core, settings}, parameters, traits_wanted,
                                    error);
}

// Without the ceiling: that of the options and that of a URL both hold.
static inline AirforceParameters airforce_url_parameters(const AirforceParameters *parameters)
{
    AirforceParameters copy = *parameters;
    copy.max_cost_cents = -1;
    return copy;
}

// The rows that a URL may say, too.
static inline int airforce_set_url_parameters(void *log, const AirforceCore *core,
                                              const AirforceParameters *parameters,
                                              AirforceSettings *settings, AirforceError **error)
{
    const AirforceParameters copy = airforce_url_parameters(parameters);
    return airforce_set_parameters(log, core, &copy, AIRFORCE_URI, settings, error);
}

// The same as "&name=value&name=value".
static inline int airforce_print_fields(void *log, const AirforceParameters *parameters,
                                        AVBPrint *uri)
{
    const AirforceParameters copy = airforce_url_parameters(parameters);
    AirforceError *error = NULL; // stays NULL: the core is not asked
    return airforce_make_parameters((SettingsMaker){log, NULL, NULL, uri}, &copy, AIRFORCE_URI,
                                    &error);
}

// A message of the core, in which a parameter has its own name, with FFmpeg's; for av_free().
static inline char *airforce_front_end_text(const char *text)
{
    static const struct {
        const char *name;
        const char *key;
    } rows[] = {
#define AIRFORCE_SECRET_PARAMETER(...)
#define AIRFORCE_PARAMETER(type, name, traits, key, ...) {#name, key},
#include "airforce-video-parameters.def"
    };
    AVBPrint result;
    char *string = NULL;
    av_bprint_init(&result, 0, AV_BPRINT_SIZE_UNLIMITED);
    while (*text) {
        size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
        const char *word = text;
        if (!length)
            length = strcspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
        for (size_t i = 0; i < FF_ARRAY_ELEMS(rows); i++)
            if (strlen(rows[i].name) == length && !strncmp(rows[i].name, text, length))
                word = rows[i].key;
        if (word == text)
            av_bprint_append_data(&result, text, length);
        else
            av_bprintf(&result, "%s", word);
        text += length;
    }
    av_bprint_finalize(&result, &string);
    return string;
}

#endif
