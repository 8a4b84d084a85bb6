// SPDX-License-Identifier: LGPL-2.1-or-later
// The clip of one source, at the core: bought, waited for, and read while it arrives.
#ifndef AVFILTER_AIRFORCEVIDEO_PURCHASE_H
#define AVFILTER_AIRFORCEVIDEO_PURCHASE_H

#include <pthread.h>
#include <stdint.h>

#include "airforce-video-loader.h"
#include "airforcevideo_interrupt.h"
#include "airforcevideo_options.h"
#include "airforcevideo_progress.h"
#include "libavutil/error.h"
#include "libavutil/log.h"

typedef struct Purchase {
  void* log;
  Progress progress;
  const AirforceCore* core;
  AirforceGeneration* generation;
  int watching;  // for Ctrl-C
  int asked;     // purchase_run() was called
  int ahead;     // `runner` has the clip made before that
  pthread_t runner;
  int completed;  // the core has nothing more to do
} Purchase;

// --- Errors

// Logs and frees an error of the core; the AVERROR for it.
static int purchase_fail(const Purchase* purchase, AirforceError* error) {
  const AirforceErrorKind kind = purchase->core->airforce_error_kind(error);
  av_log(purchase->log, AV_LOG_ERROR, "%s\n", purchase->core->airforce_error_text(error));
  purchase->core->airforce_error_free(error);
  switch (kind) {
    case AIRFORCE_ERROR_SETTINGS:
    case AIRFORCE_ERROR_BUDGET: return AVERROR(EINVAL);
    case AIRFORCE_ERROR_NOT_AUTHORIZED: return AVERROR(EACCES);
    case AIRFORCE_ERROR_NOT_FOUND: return AVERROR(ENOENT);
    case AIRFORCE_ERROR_BUSY: return AVERROR(EBUSY);
    case AIRFORCE_ERROR_TIMEOUT: return AVERROR(ETIMEDOUT);
    case AIRFORCE_ERROR_NETWORK:
    case AIRFORCE_ERROR_SERVER:
    case AIRFORCE_ERROR_FILE: return AVERROR(EIO);
    case AIRFORCE_ERROR_PROTOCOL:
    case AIRFORCE_ERROR_CLIP: return AVERROR_INVALIDDATA;
    // Not AVERROR_EXIT for a cancel: ffmpeg from 6.1 on takes that for success.
    default: return AVERROR_EXTERNAL;
  }
}

// After a wait for the core: says what went wrong (ret is -1), and lets a signal that nobody else
// has acted upon do what it does by default.
static int purchase_ended_wait(Purchase* purchase, int ret, AirforceError* error,
                               int signal_number) {
  if (ret < 0) {
    progress_end(&purchase->progress, purchase->log);
    ret = purchase_fail(purchase, error);
  }
  if (signal_number) watch_die_of(signal_number);
  return ret;
}

// --- Buying

static void purchase_init(Purchase* purchase, void* log) {
  purchase->log = log;
  pthread_mutex_init(&purchase->progress.lock, NULL);
}

static void purchase_on_event(const AirforceEvent* event, void* user_data) {
  Purchase* purchase = user_data;
  progress_event(&purchase->progress, event, purchase->log);
}

// Makes the generation of these parameters; nothing is bought yet. Of those who share a clip, the
// one who came last is told of its progress.
static int purchase_prepare(Purchase* purchase, const Parameters* parameters) {
  AirforceError* error = NULL;
  AirforceSettings* settings;
  const char* message = NULL;
  purchase->core = airforce_core(&message);
  if (!purchase->core) {
    av_log(purchase->log, AV_LOG_ERROR, "%s\n", message);
    return AVERROR_EXTERNAL;
  }
  settings = make_settings(purchase->core, parameters, &error);
  if (!error)
    purchase->generation =
        purchase->core->airforce_generation_get_shared(settings, purchase_on_event, purchase);
  purchase->core->airforce_settings_free(settings);
  if (error) return purchase_fail(purchase, error);
  watch_open(purchase->core);
  purchase->watching = 1;
  return 0;
}

static void* purchase_runner(void* opaque) {
  Purchase* purchase = opaque;
  const int place = watch_begin(purchase->core, purchase->generation);
  purchase->core->airforce_generation_run(purchase->generation, NULL);  // purchase_run() asks again
  watch_end(place);
  return NULL;
}

// Has the clip made in a thread of its own, until purchase_run() waits for it.
static void purchase_run_ahead(Purchase* purchase) {
  purchase->ahead = !pthread_create(&purchase->runner, NULL, purchase_runner, purchase);
}

// Waits until the clip can be read, and buys it if nobody did.
static int purchase_run(Purchase* purchase) {
  AirforceError* error = NULL;
  int place, ret;
  purchase->asked = 1;
  progress_begin(&purchase->progress);
  place = watch_begin(purchase->core, purchase->generation);
  ret = purchase->core->airforce_generation_run(purchase->generation, &error);
  return purchase_ended_wait(purchase, ret, error, watch_end(place));
}

// --- Reading

// Reads what is here; waits only if nothing is, and then for little. The count, 0 at the end.
static int purchase_read(Purchase* purchase, int64_t offset, uint8_t* buffer, int size) {
  const AirforceCore* core = purchase->core;
  const int64_t available = core->airforce_generation_available(purchase->generation, offset);
  AirforceError* error = NULL;
  int64_t count;
  int signal_number = 0;
  if (available > 0) {
    count = core->airforce_generation_read_at(purchase->generation, offset, buffer,
                                              FFMIN(size, available), &error);
  } else {
    const int place = watch_begin(core, purchase->generation);
    count = core->airforce_generation_read_at(purchase->generation, offset, buffer,
                                              FFMIN(size, 4096), &error);
    signal_number = watch_end(place);
  }
  return purchase_ended_wait(purchase, count, error, signal_number);
}

static int64_t purchase_size(const Purchase* purchase) {
  return purchase->core->airforce_generation_size(purchase->generation);
}

static const char* purchase_task_id(const Purchase* purchase) {
  const AirforceTask* task = purchase->core->airforce_generation_task(purchase->generation);
  return task ? task->task_id : "";
}

// --- The end

static void purchase_unwatch(Purchase* purchase) {
  if (purchase->watching) watch_close();
  purchase->watching = 0;
}

// Has the core finish, once: what it keeps of the clip (location), and what it was asked to do
// then.
static int purchase_complete(Purchase* purchase) {
  AirforceError* error = NULL;
  int place, ret;
  if (purchase->completed) return 0;
  purchase->completed = 1;
  place = watch_begin(purchase->core, purchase->generation);
  ret = purchase->core->airforce_generation_wait_complete(purchase->generation, &error);
  ret = purchase_ended_wait(purchase, ret, error, watch_end(place));
  if (ret >= 0) purchase_unwatch(purchase);  // nothing more has to be waited for
  return ret;
}

// The graph goes. If it never asked for this clip, as another source of it failed, what is under
// way is stopped, and it is told how to go on with it.
static void purchase_close(Purchase* purchase) {
  if (purchase->ahead && !purchase->asked) {
    AirforceError* error = NULL;
    purchase->core->airforce_generation_cancel(purchase->generation);
    if (purchase->core->airforce_generation_run(purchase->generation, &error) < 0)
      purchase_fail(purchase, error);
  }
  if (purchase->ahead) pthread_join(purchase->runner, NULL);
  purchase_unwatch(purchase);
  if (purchase->generation) purchase->core->airforce_generation_free(purchase->generation);
  pthread_mutex_destroy(&purchase->progress.lock);
}

#endif
