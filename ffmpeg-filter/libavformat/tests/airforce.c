// SPDX-License-Identifier: LGPL-2.1-or-later
// FATE: what airforce:// URLs and the options beside them become. Nothing is bought, and the core
// is not loaded.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // the loader needs it
#endif
#include <stdio.h>

#include "libavformat/airforce_url.h"

static void print_merged(const char *start, const char *url, const char *left_out,
                         const char *fields)
{
    AVBPrint merged;
    av_bprint_init(&merged, 0, AV_BPRINT_SIZE_UNLIMITED);
    airforce_url_merge(&merged, start, url, left_out, fields);
    printf("%s with %s without %s: %s\n", url, fields, left_out, merged.str);
    av_bprint_finalize(&merged, NULL);
}

static void print_fields(AirforceParameters parameters)
{
    AVBPrint fields;
    int ret;
    av_bprint_init(&fields, 0, AV_BPRINT_SIZE_UNLIMITED);
    ret = airforce_print_fields(NULL, &parameters, &fields);
    printf("options: %s (%s)\n", fields.str, ret < 0 ? "refused" : "taken");
    av_bprint_finalize(&fields, NULL);
}

int main(void)
{
    static const AirforceParameters initial = {
#define AIRFORCE_SECRET_PARAMETER(...)
#define INITIAL_STRING(name, initial)
#define INITIAL_LIST(name, initial)
#define INITIAL_BOOL(name, initial) .name = initial,
#define INITIAL_CHOICE(name, initial) .name = initial,
#define INITIAL_INT64(name, initial) .name = initial,
#define INITIAL_INT_0(name, initial) .name = initial,
#define INITIAL_INT_1(name, initial) .name = (int64_t)(initial)*AV_TIME_BASE,
#define INITIAL_INT(name, initial) \
    AIRFORCE_JOIN(INITIAL_INT_, AIRFORCE_IS_TIME(name))(name, initial)
#define INITIAL_DOUBLE_0(name, initial) .name = initial,
#define INITIAL_DOUBLE_1(name, initial) .name = (int64_t)((initial) * (double)AV_TIME_BASE),
#define INITIAL_DOUBLE(name, initial) \
    AIRFORCE_JOIN(INITIAL_DOUBLE_, AIRFORCE_IS_TIME(name))(name, initial)
#define AIRFORCE_PARAMETER(type, name, traits, key, flag, initial, ...) \
    INITIAL_##type(name, initial)
#include "libavformat/airforce-video-parameters.def"
    };
    AirforceParameters parameters;

    print_merged("airforce://film", "airforce://film", "", "");
    print_merged("airforce://film", "AIRFORCE://film/?model=m&storyboard=A%0AB", "", "");
    print_merged("airforce://film", "airforce://film?quality=480p&model=m", "", "&quality=720p");
    print_merged("airforce://film", "airforce://film?aspect-ratio=1:1&&seed=7", "",
                 "&aspect_ratio=16%3A9");
    print_merged("airforce://generate", "airforce://film?storyboard=A&continue=true&seed=7",
                 "&storyboard&continue", "");
    print_merged("airforce://film", "airforce://film?storyboard=Who?seed=5%0AA", "", "&seed=7");

    parameters = initial;
    print_fields(parameters);
    parameters.model = (char *)"wan-2.6";
    parameters.aspect_ratio = (char *)"16/9";
    parameters.input_images = (char *)"a b.png|c.png";
    parameters.duration_seconds = 5 * AV_TIME_BASE;
    print_fields(parameters);
    parameters.max_cost_cents = 300;
    parameters.timeout = 60 * AV_TIME_BASE;
    parameters.extra = (char *)"{\"fps\":24}";
    print_fields(parameters);
    parameters.duration_seconds += 1;
    print_fields(parameters);
    return 0;
}
