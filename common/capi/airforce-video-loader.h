/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads libairforcevideo when it is first needed, as plugins do that must not cost those who never
 * use them anything: libsoup stays out of processes that only scan plugins or list filters, and a
 * missing core fails one element or filter with a message.
 *
 * Header-only C, for hosts that link with nothing but libc (and libdl before glibc 2.34). C11 and
 * C++.
 */
#ifndef AIRFORCE_VIDEO_LOADER_H
#define AIRFORCE_VIDEO_LOADER_H

#ifndef _GNU_SOURCE
#error "define _GNU_SOURCE before the first include: RTLD_DEFAULT and secure_getenv need it"
#endif
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "airforce-video.h"

/* Every function of airforce-video.h. */
#define AIRFORCE_CORE_FUNCTIONS(X)          \
  X(airforce_api_version)                   \
  X(airforce_version)                       \
  X(airforce_error_free)                    \
  X(airforce_error_kind)                    \
  X(airforce_error_charge)                  \
  X(airforce_error_charge_name)             \
  X(airforce_error_step)                    \
  X(airforce_error_http_status)             \
  X(airforce_error_api_type)                \
  X(airforce_error_api_code)                \
  X(airforce_error_request_id)              \
  X(airforce_error_task_id)                 \
  X(airforce_error_candidates)              \
  X(airforce_error_message)                 \
  X(airforce_error_next_step)               \
  X(airforce_error_text)                    \
  X(airforce_visible_text)                  \
  X(airforce_phase_name)                    \
  X(airforce_shell_word)                    \
  X(airforce_settings_new)                  \
  X(airforce_settings_free)                 \
  X(airforce_settings_set)                  \
  X(airforce_settings_add)                  \
  X(airforce_settings_add_image)            \
  X(airforce_settings_add_last_frame)       \
  X(airforce_settings_set_occurrence)       \
  X(airforce_settings_set_uri)              \
  X(airforce_generation_new)                \
  X(airforce_generation_get_shared)         \
  X(airforce_generation_free)               \
  X(airforce_generation_run)                \
  X(airforce_generation_cancel)             \
  X(airforce_generation_cancel_from_signal) \
  X(airforce_generation_task)               \
  X(airforce_generation_prompt)             \
  X(airforce_generation_charge)             \
  X(airforce_generation_charge_name)        \
  X(airforce_generation_read_at)            \
  X(airforce_generation_size)               \
  X(airforce_generation_available)          \
  X(airforce_generation_thumbnail)          \
  X(airforce_generation_set_flushing)       \
  X(airforce_generation_wait_complete)      \
  X(airforce_generation_set_delivered)      \
  X(airforce_film_new)                      \
  X(airforce_film_new_from_file)            \
  X(airforce_film_new_from_prompts)         \
  X(airforce_film_new_from_uri)             \
  X(airforce_film_free)                     \
  X(airforce_film_set_jobs)                 \
  X(airforce_film_set_ahead)                \
  X(airforce_film_set_skip_failed)          \
  X(airforce_film_count)                    \
  X(airforce_film_shot)                     \
  X(airforce_film_shot_fields)              \
  X(airforce_film_plan)                     \
  X(airforce_film_price_cents)              \
  X(airforce_film_start)                    \
  X(airforce_film_cancel)                   \
  X(airforce_film_shot_generation)          \
  X(airforce_film_set_last_frame)           \
  X(airforce_film_set_position)

/* The functions, under their own names: core->airforce_generation_run(...). */
typedef struct AirforceCore {
#ifdef __cplusplus /* there a member must not have the name that its own declaration looks up */
#define AIRFORCE_CORE_MEMBER(function) __typeof__(&::function) function;
#else
#define AIRFORCE_CORE_MEMBER(function) __typeof__(&function) function;
#endif
  AIRFORCE_CORE_FUNCTIONS(AIRFORCE_CORE_MEMBER)
#undef AIRFORCE_CORE_MEMBER
} AirforceCore;

/* NOLINTBEGIN(modernize-use-nullptr): C as well */
static struct {
  pthread_once_t once;
  AirforceCore core;
  int loaded;
  char error[512];
} airforce_core_state = {.once = PTHREAD_ONCE_INIT};

/* SQLite refers to itself by some 1,600 public symbols. In a host with 200 libraries (ffmpeg) the
 * dynamic linker would look for each in all of them first, which takes half of the time for loading
 * the core. Nobody replaces SQLite's functions, but a preloaded library may replace those of libc
 * for it, and sanitizers refuse the flag. */
static void airforce_core_open_sqlite(void) {
#ifdef RTLD_DEEPBIND
  const char* preloaded = getenv("LD_PRELOAD");
  if ((preloaded == NULL || *preloaded == '\0') &&
      dlsym(RTLD_DEFAULT, "__sanitizer_set_report_path") == NULL)
    dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE | RTLD_DEEPBIND);
#endif
}

/* libsoup asks GModule about itself as soon as it is loaded, while the dynamic linker's lock is
 * held. Every other thread that loads or looks up by GModule takes GModule's lock first and the
 * linker's then. So that they do not wait for each other for ever, GModule opens the core; where it
 * is missing, the core can't be loaded either. */
static void* airforce_core_open(const char* name) {
  airforce_core_open_sqlite();
  const int flags = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE; /* GTypes can't be unregistered */
  void* gmodule = dlopen("libgmodule-2.0.so.0", flags);
  void* (*open_module)(const char* name, int flags) = NULL;
  if (gmodule != NULL) *(void**)&open_module = dlsym(gmodule, "g_module_open");
  if (open_module != NULL) open_module(name, 2 /* G_MODULE_BIND_LOCAL */);
  return dlopen(name, flags); /* the handle, or the reason */
}

static void airforce_core_load_once(void) {
  const char* name = secure_getenv("AIRFORCE_VIDEO_LIBRARY"); /* for an uninstalled core */
  void* library;
  /* libsoup 3 aborts the process when it finds libsoup 2 in it. */
  if (dlsym(RTLD_DEFAULT, "soup_uri_new") != NULL) {
    snprintf(
        airforce_core_state.error, sizeof airforce_core_state.error,
        "this application already uses libsoup 2, which cannot share a process with libsoup 3; "
        "generate the clip in another process, for instance with: airforce-video generate");
    return;
  }
  if (name == NULL || *name == '\0') name = "libairforcevideo.so.0";
  library = airforce_core_open(name);
  if (library == NULL) {
    snprintf(airforce_core_state.error, sizeof airforce_core_state.error,
             "the airforce-video core cannot be loaded (%s); install it, run ldconfig, or set "
             "AIRFORCE_VIDEO_LIBRARY to its path",
             dlerror());
    return;
  }
  /* The union-free way that POSIX gives for dlsym and functions. */
#define AIRFORCE_CORE_FIND(function)                                                               \
  *(void**)&airforce_core_state.core.function = dlsym(library, #function);                         \
  if (airforce_core_state.core.function == NULL) {                                                 \
    snprintf(airforce_core_state.error, sizeof airforce_core_state.error,                          \
             "%s is older than this program: it lacks %s; install the same version of both", name, \
             #function);                                                                           \
    return;                                                                                        \
  }
  AIRFORCE_CORE_FUNCTIONS(AIRFORCE_CORE_FIND)
#undef AIRFORCE_CORE_FIND
  airforce_core_state.loaded = 1;
}

/* The core's functions, or NULL; then *error is a sentence that stays valid. Thread-safe; tried
 * once in the life of the process. */
static inline const AirforceCore* airforce_core(const char** error) {
  pthread_once(&airforce_core_state.once, airforce_core_load_once);
  if (airforce_core_state.loaded) return &airforce_core_state.core;
  if (error != NULL) *error = airforce_core_state.error;
  return NULL;
}
/* NOLINTEND(modernize-use-nullptr) */

#endif
