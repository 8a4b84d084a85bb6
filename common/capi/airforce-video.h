/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * airforce-video: a prompt becomes an MP4 that can be read during its download.
 *
 *   AirforceSettings *settings = airforce_settings_new();
 *   airforce_settings_set(settings, "model", "wan-2.6", NULL);
 *   airforce_settings_set(settings, "prompt", "A red fox", NULL);
 *   AirforceGeneration *generation = airforce_generation_new(settings, NULL, NULL);
 *   if (airforce_generation_run(generation, &error) == 0)  // buys, follows, opens the clip
 *     n = airforce_generation_read_at(generation, 0, buffer, sizeof buffer, &error);
 *   airforce_generation_free(generation);
 *
 * Functions that can fail return 0 (or a count) on success and -1 on failure; then, if `error` is
 * not NULL, *error is a new AirforceError for the caller to free. Strings are UTF-8. Strings that
 * are returned as `const char *` belong to the object that they were asked of. Nothing here is an
 * async-signal-safe function except airforce_generation_cancel_from_signal().
 */
#ifndef AIRFORCE_VIDEO_H
#define AIRFORCE_VIDEO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef AIRFORCE_EXPORT
#if defined(__GNUC__)
#define AIRFORCE_EXPORT __attribute__((visibility("default")))
#else
#define AIRFORCE_EXPORT
#endif
#endif

/* Version of this interface. It grows when functions are added; the N of libairforcevideo.so.N
 * grows when one is changed or removed, from version 1.0 on. 2: the values of AirforceCharge are
 * facts; airforce_generation_set_delivered(), airforce_error_request_id(),
 * airforce_error_api_code(), airforce_generation_charge(), films, occurrences.
 */
#define AIRFORCE_API_VERSION 2

/* The AIRFORCE_API_VERSION that the library was built with. */
AIRFORCE_EXPORT int airforce_api_version(void);
/* The project's version, such as "0.1.0". */
AIRFORCE_EXPORT const char* airforce_version(void);

/* --- Errors */

typedef struct AirforceError AirforceError;

typedef enum AirforceErrorKind {
  /* a setting is missing, malformed or outside what the model offers */
  AIRFORCE_ERROR_SETTINGS = 1,
  AIRFORCE_ERROR_BUDGET, /* above max_cost_cents, or the price is unknown while there is a limit */
  AIRFORCE_ERROR_NOT_AUTHORIZED, /* no key, a refused key (401, 403) or no balance (402) */
  AIRFORCE_ERROR_NOT_FOUND,      /* no such task or model (404), or the clip is gone */
  AIRFORCE_ERROR_REJECTED, /* the API refused the request permanently (400, 409, 422 and other 4xx)
                            */
  AIRFORCE_ERROR_BUSY,     /* no free slot, or 429 or 503, until the deadline */
  AIRFORCE_ERROR_NETWORK, /* the API or the CDN is out of reach, or the connection broke permanently
                           */
  AIRFORCE_ERROR_SERVER,  /* another 5xx, repeatedly */
  AIRFORCE_ERROR_PROTOCOL, /* an answer that can't be understood (HTML, cut JSON, wrong types) */
  AIRFORCE_ERROR_UNKNOWN_CREATE, /* it is unknown whether a create was carried out; see
                                    airforce_error_candidates */
  AIRFORCE_ERROR_TASK_FAILED,    /* the task ended failed or expired */
  AIRFORCE_ERROR_TIMEOUT,        /* the deadline passed before the task was final */
  AIRFORCE_ERROR_CLIP,           /* what was downloaded is not a whole MP4 */
  AIRFORCE_ERROR_FILE,           /* a local file can't be read or written, or the disk is full */
  AIRFORCE_ERROR_STORE,          /* the store can't be used */
  AIRFORCE_ERROR_CANCELLED,      /* airforce_generation_cancel() was called */
  AIRFORCE_ERROR_INTERRUPTED,    /* airforce_generation_set_flushing(): this read only; read again
                                    after it is lifted */
  AIRFORCE_ERROR_INTERNAL        /* a bug or no memory */
} AirforceErrorKind;

/* Whether money was taken: what is known for a fact, nothing inferred. Whether the clip can still
 * be fetched is another question, which airforce_error_next_step() answers. */
typedef enum AirforceCharge {
  AIRFORCE_CHARGE_NONE = 0,  /* nothing was charged: never sent, or refused */
  AIRFORCE_CHARGE_ANNOUNCED, /* a task exists at an announced price; the service has not reported a
                                charge yet */
  AIRFORCE_CHARGE_CHARGED,   /* the service reported the charge */
  AIRFORCE_CHARGE_REFUNDED,  /* the service reported that nothing is charged in the end */
  AIRFORCE_CHARGE_UNKNOWN    /* it is unknown whether a task was created, or what it cost */
} AirforceCharge;

AIRFORCE_EXPORT void airforce_error_free(AirforceError* error); /* NULL is allowed */
AIRFORCE_EXPORT AirforceErrorKind airforce_error_kind(const AirforceError* error);
AIRFORCE_EXPORT AirforceCharge airforce_error_charge(const AirforceError* error);
/* "none", "announced", "charged", "refunded", "unknown" */
AIRFORCE_EXPORT const char* airforce_error_charge_name(const AirforceError* error);
/* The step that failed: "settings", "models", "slot", "create", "follow", "download", "list",
 * "delete", "store". */
AIRFORCE_EXPORT const char* airforce_error_step(const AirforceError* error);
/* HTTP status, or 0. */
AIRFORCE_EXPORT int airforce_error_http_status(const AirforceError* error);
/* The API's own error type, or "". */
AIRFORCE_EXPORT const char* airforce_error_api_type(const AirforceError* error);
/* The API's own error code, such as "insufficient_balance", or "". */
AIRFORCE_EXPORT const char* airforce_error_api_code(const AirforceError* error);
/* The X-Request-ID of the response that it is about, which the vendor's support asks for, or "". */
AIRFORCE_EXPORT const char* airforce_error_request_id(const AirforceError* error);
/* The task that it is about, or "". */
AIRFORCE_EXPORT const char* airforce_error_task_id(const AirforceError* error);
/* AIRFORCE_ERROR_UNKNOWN_CREATE: ids of the tasks that may be ours, separated by spaces; else "".
 */
AIRFORCE_EXPORT const char* airforce_error_candidates(const AirforceError* error);
/* What was wrong, one line. */
AIRFORCE_EXPORT const char* airforce_error_message(const AirforceError* error);
/* What to do next, one line, or "". */
AIRFORCE_EXPORT const char* airforce_error_next_step(const AirforceError* error);
/* All of it for a person, one line: message, charge status, next step. */
AIRFORCE_EXPORT const char* airforce_error_text(const AirforceError* error);

/* --- Text from elsewhere */

/* One line that may be printed anywhere: UTF-8 without control, bidirectional and invisible
 * characters. Valid until the next call in this thread. */
AIRFORCE_EXPORT const char* airforce_visible_text(const char* text);
/* One word of a POSIX shell, for a command that is suggested: as it is, or quoted where that is
 * needed. It may be printed anywhere. Valid until the next call in this thread. */
AIRFORCE_EXPORT const char* airforce_shell_word(const char* text);

/* --- Settings */

/* Values by the names of airforce-video-parameters.def. Not thread-safe. */
typedef struct AirforceSettings AirforceSettings;

AIRFORCE_EXPORT AirforceSettings* airforce_settings_new(void);
AIRFORCE_EXPORT void airforce_settings_free(AirforceSettings* settings); /* NULL is allowed */
/* Sets one parameter from its text form: a number, "true"/"false"/"1"/"0", a choice's name, a
 * string; a LIST gets this one item. NULL puts the initial value back. '-' and '_' are alike in
 * `name`. Fails with AIRFORCE_ERROR_SETTINGS. */
AIRFORCE_EXPORT int airforce_settings_set(AirforceSettings* settings, const char* name,
                                          const char* value, AirforceError** error);
/* Appends one item to a LIST. */
AIRFORCE_EXPORT int airforce_settings_add(AirforceSettings* settings, const char* name,
                                          const char* value, AirforceError** error);
/* Adds an input image from memory, behind those of "input_images": the bytes of a whole JPEG, PNG
 * or WebP file, at most 32 MiB like a file's; copied. Equal bytes make equal requests, whether they
 * come from a file or from here. airforce_settings_set_uri() takes it back. Fails with
 * AIRFORCE_ERROR_SETTINGS for anything else, and adds nothing then; what is behind the first bytes
 * is not looked at. */
AIRFORCE_EXPORT int airforce_settings_add_image(AirforceSettings* settings, const void* data,
                                                size_t size, AirforceError** error);
/* Adds an input image as airforce_settings_add_image() does: the last frame of the clip of task
 * `task_id`, which the request continues. Requests are equal by the task, not by the bytes, which
 * differ from one decoder to the next. */
AIRFORCE_EXPORT int airforce_settings_add_last_frame(AirforceSettings* settings, const void* data,
                                                     size_t size, const char* task_id,
                                                     AirforceError** error);
/* Distinguishes requests of one series that are otherwise equal: 1 (the initial value) for the
 * first, 2 for the next equal one, and so on. Each is a purchase of its own, and replayed alone. */
AIRFORCE_EXPORT void airforce_settings_set_occurrence(AirforceSettings* settings, int occurrence);
/* Takes all parameters of an airforce:// URI (docs/uri.md); reuse becomes "always" unless the URI
 * names it. */
AIRFORCE_EXPORT int airforce_settings_set_uri(AirforceSettings* settings, const char* uri,
                                              AirforceError** error);

/* --- Generation */

typedef enum AirforceEventKind {
  AIRFORCE_EVENT_PROGRESS = 1, /* phase, percent or place have changed */
  AIRFORCE_EVENT_TASK,         /* a field of the task has changed; `task` is set */
  AIRFORCE_EVENT_WARNING       /* something that the user should know; `text` says what */
} AirforceEventKind;

typedef enum AirforcePhase {
  AIRFORCE_PHASE_PREPARE = 0, /* settings are read, caps and price are looked up */
  AIRFORCE_PHASE_WAIT,   /* waiting for one of the key's slots; `place` is the place in the queue */
  AIRFORCE_PHASE_CREATE, /* the purchase */
  AIRFORCE_PHASE_QUEUED, /* the task waits at the service */
  AIRFORCE_PHASE_RUNNING,  /* the task runs; `percent` moves */
  AIRFORCE_PHASE_DOWNLOAD, /* downloading; `bytes` of `total_bytes` */
  AIRFORCE_PHASE_DONE      /* the whole clip has been downloaded */
} AirforcePhase;

/* "prepare", "wait", "create", "queued", "running", "download", "done"; "" for another value. */
AIRFORCE_EXPORT const char* airforce_phase_name(AirforcePhase phase);

/* A task as the API last reported it. Unknown numbers are -1, unknown strings "". Has no URL in it:
 * those are secrets. */
typedef struct AirforceTask {
  const char* task_id;
  /* "queued", "running", "completed", "failed", "expired" or what the API says */
  const char* status;
  const char* model;
  int progress;       /* 0..100 */
  int64_t created;    /* Unix seconds */
  int64_t expires_at; /* Unix seconds */
  double cost_cents;
  int duration_seconds;
  const char* error_type;
  const char* error_message;
} AirforceTask;

typedef struct AirforceEvent {
  AirforceEventKind kind;
  AirforcePhase phase;
  int percent;              /* 0..100 of the phase, -1 if unknown; never goes back within a phase */
  int place;                /* AIRFORCE_PHASE_WAIT: 1 is next; else 0 */
  double price_cents;       /* before the purchase: what it will cost; -1 if unknown */
  int64_t bytes;            /* AIRFORCE_PHASE_DOWNLOAD: how many have been downloaded; else 0 */
  int64_t total_bytes;      /* of the clip, -1 if unknown */
  const char* text;         /* for a person, one line, without secrets */
  const AirforceTask* task; /* NULL before there is one */
} AirforceEvent;

/* Called from the thread that runs the generation, later from the one that downloads: one call at a
 * time. It must not call back into the generation except airforce_generation_cancel(). `event` is
 * valid during the call. */
typedef void (*AirforceEventFunc)(const AirforceEvent* event, void* user_data);

/* One request with its task and its clip. Functions may be called from any thread unless they say
 * otherwise. */
typedef struct AirforceGeneration AirforceGeneration;

/* Makes a generation of a copy of `settings`; nothing is read or sent yet. `func` may be NULL.
 * Never fails. */
AIRFORCE_EXPORT AirforceGeneration* airforce_generation_new(const AirforceSettings* settings,
                                                            AirforceEventFunc func,
                                                            void* user_data);
/* A generation that shares its purchase: as long as one of a process is open, equal ones (the same
 * store, account and request), shots of films included, buy nothing. One buys, and the others
 * follow its task, or read its clip where that is complete. What the service answers to the
 * purchase is the answer to all who wait for it, and to nobody who comes later. Ceilings hold for
 * the one that buys. With reuse=never each one buys. */
AIRFORCE_EXPORT AirforceGeneration* airforce_generation_get_shared(const AirforceSettings* settings,
                                                                   AirforceEventFunc func,
                                                                   void* user_data);
/* Cancels, waits for what still runs (at most some milliseconds), and frees. No event comes after
 * it. NULL is allowed. */
AIRFORCE_EXPORT void airforce_generation_free(AirforceGeneration* generation);

/* Buys or takes over, follows the task to its end, and opens the clip; blocks meanwhile. After
 * success the clip is downloaded in the background and can be read. A second call waits for the
 * first and has the same outcome. */
AIRFORCE_EXPORT int airforce_generation_run(AirforceGeneration* generation, AirforceError** error);
/* Ends run(), read_at(), thumbnail() and wait_complete() at once with AIRFORCE_ERROR_CANCELLED,
 * permanently. Never blocks. */
AIRFORCE_EXPORT void airforce_generation_cancel(AirforceGeneration* generation);
/* The same, and safe to call in a signal handler: it only writes to an eventfd. */
AIRFORCE_EXPORT void airforce_generation_cancel_from_signal(AirforceGeneration* generation);

/* The task, or NULL before there is one. Valid until the next call with this generation by the same
 * thread. */
AIRFORCE_EXPORT const AirforceTask* airforce_generation_task(AirforceGeneration* generation);

/* The prompt, after a successful run(): as it was sent, or as the service shows it of a task that
 * was named; "" where neither is known. Valid until the next call by the same thread. */
AIRFORCE_EXPORT const char* airforce_generation_prompt(AirforceGeneration* generation);

/* What the service has reported of the task's charge so far; AIRFORCE_CHARGE_NONE before there is a
 * task, and for a clip of the cache, for which nothing is charged now. Never blocks. */
AIRFORCE_EXPORT AirforceCharge airforce_generation_charge(AirforceGeneration* generation);
/* Its name, as of airforce_error_charge_name(). */
AIRFORCE_EXPORT const char* airforce_generation_charge_name(AirforceGeneration* generation);

/* Reads up to `size` bytes at `offset` into `buffer`, after a successful run(). Blocks until those
 * bytes are available or the clip ends before them; a read elsewhere never has to wait for it.
 * Returns the count, short only at the end of the clip, 0 at or after the end, -1 on failure. */
AIRFORCE_EXPORT int64_t airforce_generation_read_at(AirforceGeneration* generation, uint64_t offset,
                                                    void* buffer, size_t size,
                                                    AirforceError** error);
/* Size of the clip in bytes, -1 while it is unknown. Never blocks. */
AIRFORCE_EXPORT int64_t airforce_generation_size(AirforceGeneration* generation);
/* How many bytes can be read at `offset` without waiting. Never blocks. */
AIRFORCE_EXPORT int64_t airforce_generation_available(AirforceGeneration* generation,
                                                      uint64_t offset);
/* Fetches the task's thumbnail, an image file of at most `size` bytes, into `buffer`, after a
 * successful run(). Blocks. Returns the count, 0 if the task has none, -1 on failure, which is none
 * of the clip's. */
AIRFORCE_EXPORT int64_t airforce_generation_thumbnail(AirforceGeneration* generation, void* buffer,
                                                      size_t size, AirforceError** error);
/* While flushing, read_at() fails at once with AIRFORCE_ERROR_INTERRUPTED; the
 * download continues. Never blocks. */
AIRFORCE_EXPORT void airforce_generation_set_flushing(AirforceGeneration* generation, int flushing);
/* Waits until the whole clip has been downloaded, `location` is written and `delete_task` carried
 * out. */
AIRFORCE_EXPORT int airforce_generation_wait_complete(AirforceGeneration* generation,
                                                      AirforceError** error);

/* Says that the consumer had all of the clip: it was played to its end, every frame was encoded, or
 * the bytes were stored elsewhere. Until then the purchase stays open: an equal request resumes it
 * at no charge, also with reuse=unfinished, so a consumer that fails or is interrupted never pays
 * twice. Not needed where `location` is set: the clip is delivered when it stands under its name.
 * Waits for the rest of the download in the background; never blocks; harmless to call again. */
AIRFORCE_EXPORT void airforce_generation_set_delivered(AirforceGeneration* generation);

/* --- Films */

/* The shots of a storyboard: several generations with one plan and one ceiling. Functions may be
 * called from any thread unless they say otherwise. A shot is named by its index, from 0.
 */
typedef struct AirforceFilm AirforceFilm;

typedef enum AirforceShotState {
  AIRFORCE_SHOT_WAITING = 0, /* for its turn, or for the last frame of the shot that it continues */
  AIRFORCE_SHOT_MAKING,      /* from its settings to the task's completion */
  AIRFORCE_SHOT_OPENING,     /* the task is completed, the clip is being opened */
  AIRFORCE_SHOT_READY,       /* the clip can be read; its download may still run */
  AIRFORCE_SHOT_DELIVERED,   /* the consumer had all of it; the film has closed the clip */
  AIRFORCE_SHOT_FAILED,
  AIRFORCE_SHOT_SKIPPED /* not made, because another shot failed */
} AirforceShotState;

typedef struct AirforceShot {
  int line;             /* of the storyboard, from 1; of a list of prompts, the item */
  const char* prompt;   /* "" for a shot with a task_id of its own */
  const char* model;    /* likewise */
  int continues;        /* whether it starts from the last frame of the shot before it */
  int duration_seconds; /* as planned, 0 while it is unknown */
  double price_cents;   /* as planned, -1 while it is unknown */
  AirforceShotState state;
  const char* task_id; /* "" before there is one */
  int sound;           /* whether sound is asked for */
} AirforceShot;

typedef enum AirforceFilmEventKind {
  AIRFORCE_FILM_EVENT_SHOT = 1,     /* `event` is an event of the shot's generation */
  AIRFORCE_FILM_EVENT_STATE,        /* the shot's state has changed */
  AIRFORCE_FILM_EVENT_FRAME_NEEDED, /* the next shot continues this one, whose clip can be read now:
                                       call airforce_film_set_last_frame() */
  AIRFORCE_FILM_EVENT_FINISHED      /* nothing more will be made; clips may still be undelivered */
} AirforceFilmEventKind;

typedef struct AirforceFilmEvent {
  AirforceFilmEventKind kind;
  size_t shot;                /* its index; 0 for AIRFORCE_FILM_EVENT_FINISHED */
  AirforceShotState state;    /* of the shot */
  const AirforceEvent* event; /* AIRFORCE_FILM_EVENT_SHOT; else NULL */
  const AirforceError* error; /* AIRFORCE_SHOT_FAILED; else NULL */
} AirforceFilmEvent;

/* Called from the film's threads, one call at a time. It must not call back into the film or its
 * generations except airforce_film_cancel(). `event` is valid during the call. */
typedef void (*AirforceFilmEventFunc)(const AirforceFilmEvent* event, void* user_data);

/* Makes a film of a storyboard's text (docs/tutorial-film.md); nothing is sent yet. `settings`,
 * copied, are the defaults of each shot and say whose account pays; their max_cost_cents is the
 * ceiling of the whole film. `continue_all`: each shot continues the one before it, unless it says
 * otherwise. Fails with AIRFORCE_ERROR_SETTINGS, whose message names each problem with its line. */
AIRFORCE_EXPORT AirforceFilm* airforce_film_new(const AirforceSettings* settings,
                                                const char* storyboard, size_t size,
                                                int continue_all, AirforceError** error);
/* The same from a file. */
AIRFORCE_EXPORT AirforceFilm* airforce_film_new_from_file(const AirforceSettings* settings,
                                                          const char* path, int continue_all,
                                                          AirforceError** error);
/* The same from prompts, one a shot; NULL ends the list. */
AIRFORCE_EXPORT AirforceFilm* airforce_film_new_from_prompts(const AirforceSettings* settings,
                                                             const char* const* prompts,
                                                             int continue_all,
                                                             AirforceError** error);
/* The same from a URI: airforce://film?storyboard=TEXT&continue=true&model=... (docs/uri.md). Such
 * a storyboard is inline and names no files of this machine. */
AIRFORCE_EXPORT AirforceFilm* airforce_film_new_from_uri(const AirforceSettings* settings,
                                                         const char* uri, AirforceError** error);
/* Cancels, waits for what still runs, and frees. No event comes after it. Free the shots'
 * generations first. NULL is allowed. */
AIRFORCE_EXPORT void airforce_film_free(AirforceFilm* film);

/* Before airforce_film_start(): how many shots are in flight at most, 4 at first. */
AIRFORCE_EXPORT void airforce_film_set_jobs(AirforceFilm* film, int jobs);
/* Before airforce_film_start(): how many shots are opened ahead of the first undelivered one, 16 at
 * first; 0 is no limit. */
AIRFORCE_EXPORT void airforce_film_set_ahead(AirforceFilm* film, int shots);
/* Before airforce_film_start(): after a shot has failed, make those that do not continue it.
 * Otherwise nothing more is started; what is in flight is finished and kept. */
AIRFORCE_EXPORT void airforce_film_set_skip_failed(AirforceFilm* film, int skip);

/* How many shots there are. */
AIRFORCE_EXPORT size_t airforce_film_count(AirforceFilm* film);
/* Describes a shot. The strings are valid until the next call with any film by the same thread. */
AIRFORCE_EXPORT void airforce_film_shot(AirforceFilm* film, size_t shot, AirforceShot* description);
/* Called with the name of a parameter and the text form of its value, both valid during the call.
 */
typedef void (*AirforceFieldFunc)(const char* name, const char* value, void* user_data);
/* Calls `func` for each field that the storyboard sets for this shot, the prompt included, in
 * order; for a LIST once for each item. `continue` is none: see AirforceShot. */
AIRFORCE_EXPORT void airforce_film_shot_fields(AirforceFilm* film, size_t shot,
                                               AirforceFieldFunc func, void* user_data);
/* Looks up models and prices and holds the ceiling; buys nothing. Blocks. Fails with
 * AIRFORCE_ERROR_BUDGET where the whole costs more than max_cost_cents, or a price is unknown while
 * that is set. */
AIRFORCE_EXPORT int airforce_film_plan(AirforceFilm* film, AirforceError** error);
/* The price of all shots, after a plan; -1 if it is unknown. */
AIRFORCE_EXPORT double airforce_film_price_cents(AirforceFilm* film);
/* Plans, if that was not done, and makes the shots in threads of its own: in order, those that
 * continue another once they have its last frame. Once. Blocks for the plan only. `func` may be
 * NULL. */
AIRFORCE_EXPORT int airforce_film_start(AirforceFilm* film, AirforceFilmEventFunc func,
                                        void* user_data, AirforceError** error);
/* Ends every wait for the film and its shots at once with AIRFORCE_ERROR_CANCELLED, permanently.
 * Tasks that are paid for are kept for the next run. Never blocks. */
AIRFORCE_EXPORT void airforce_film_cancel(AirforceFilm* film);

/* The shot's generation, to be freed before the film. airforce_generation_run() waits until the
 * film has made the shot, and fails as the shot did; afterwards the generation is like any other.
 * airforce_generation_cancel() ends what waits for this generation and leaves the film alone.
 * airforce_generation_set_delivered() lets the film close the clip. A delivered shot can be opened
 * again. Events go to the film's function. Never blocks, never fails. */
AIRFORCE_EXPORT AirforceGeneration* airforce_film_shot_generation(AirforceFilm* film, size_t shot);
/* Gives the last displayed frame of a shot, a whole PNG, JPEG or WebP file, from which the next
 * shot starts; copied. NULL with a size of 0 says that there is none: the next shot fails. Equal
 * purchases are recognised by the shot's task, whatever the bytes. Fails with
 * AIRFORCE_ERROR_SETTINGS for what is no picture. */
AIRFORCE_EXPORT int airforce_film_set_last_frame(AirforceFilm* film, size_t shot, const void* data,
                                                 size_t size, AirforceError** error);
/* Says that the consumer goes to this shot, by a seek for instance, and may never take those before
 * it: airforce_film_set_ahead() counts from here. */
AIRFORCE_EXPORT void airforce_film_set_position(AirforceFilm* film, size_t shot);

#ifdef __cplusplus
}
#endif

#endif
