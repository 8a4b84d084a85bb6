// SPDX-License-Identifier: LGPL-2.1-or-later
// What an airforce:// URL and the options beside it ask for. Used by the protocol and the demuxer.
#ifndef AVFORMAT_AIRFORCE_URL_H
#define AVFORMAT_AIRFORCE_URL_H

#include "airforce_clip.h"
#include "airforce_options.h"
#include "libavutil/avstring.h"
#include "libavutil/bprint.h"

// Applications set "timeout" for every protocol, in microseconds as http has it.
#define AIRFORCE_KEY_timeout ~, "generation_timeout"
#define AIRFORCE_KEY_(...) AIRFORCE_SECOND(__VA_ARGS__, )
#define AIRFORCE_KEY(name, key) AIRFORCE_KEY_(AIRFORCE_KEY_##name, key)

// What a URL says replaces the request that was set before it, and can lower limits, not raise
// them. So all options are set first, then the URL, then again what a URL may say: a field that is
// given as an option counts.
static inline int airforce_url_settings(AirforceClip *clip, const AirforceParameters *parameters,
                                        const char *url, AirforceSettings *settings)
{
    const AirforceCore *core = clip->core;
    AirforceError *error = NULL;
    int ret = airforce_set_parameters(clip->log, core, parameters, 0, settings, &error);
    if (ret >= 0 && core->airforce_settings_set_uri(settings, url, &error) < 0)
        ret = -1;
    if (ret >= 0)
        ret = airforce_set_url_parameters(clip->log, core, parameters, settings, &error);
    return error ? airforce_clip_fail(clip, error) : ret;
}

// The first field of a URL's query, or the one after `field`, and its length, without '&'; NULL at
// the end.
static inline const char *airforce_url_next(const char *url, const char *field, size_t *length)
{
    field = field ? strchr(field, '&') : strchr(url, '?');
    if (!field)
        return NULL;
    *length = strcspn(++field, "&");
    return field;
}

// Whether this field of a URL has that name, in which '-' and '_' are alike.
static inline int airforce_url_is_named(const char *field, const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((field[i] == '-' ? '_' : av_tolower(field[i])) != name[i])
            return 0;
    return field[length] == '=';
}

// Whether this field of a URL is in a list "&name&name", with or without values.
static inline int airforce_url_is_in(const char *field, const char *list)
{
    while ((list = strchr(list, '&'))) {
        list++;
        if (airforce_url_is_named(field, list, strcspn(list, "=&")))
            return 1;
    }
    return 0;
}

// Writes a URL that begins with `start` and has the fields of `url` that are neither in `left_out`
// nor in `fields` ("&name=value&name=value"), and `fields`.
static inline void airforce_url_merge(AVBPrint *merged, const char *start, const char *url,
                                      const char *left_out, const char *fields)
{
    const char *separator = "?";
    size_t length;
    av_bprintf(merged, "%s", start);
    for (const char *field = NULL; (field = airforce_url_next(url, field, &length));) {
        const int is_wanted =
            !airforce_url_is_in(field, left_out) && !airforce_url_is_in(field, fields);
        if (!is_wanted || !length)
            continue;
        av_bprintf(merged, "%s%.*s", separator, (int)length, field);
        separator = "&";
    }
    if (*fields)
        av_bprintf(merged, "%s%s", separator, fields + 1);
}

#endif
