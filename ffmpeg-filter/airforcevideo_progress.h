// SPDX-License-Identifier: LGPL-2.1-or-later
// What is told of the wait: on a terminal one line that is written over; elsewhere a line for each
// phase and for every tenth of it.
#ifndef AVFILTER_AIRFORCEVIDEO_PROGRESS_H
#define AVFILTER_AIRFORCEVIDEO_PROGRESS_H

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "airforce-video.h"
#include "libavutil/log.h"

typedef struct Progress {
  // Protects all of it: the core's threads tell of the wait, the graph's begins and ends it.
  pthread_mutex_t lock;
  int waiting;      // for the first frame; what comes later is of no interest
  int line_length;  // of the line that is written over
  int task_shown;
  // What was shown last where nothing can be written over.
  int phase;
  int tenth;
} Progress;

static void progress_begin(Progress* progress) {
  pthread_mutex_lock(&progress->lock);
  progress->waiting = 1;
  pthread_mutex_unlock(&progress->lock);
}

// Nothing more is shown, and the line that was written over is empty.
static void progress_end(Progress* progress, void* log) {
  pthread_mutex_lock(&progress->lock);
  if (progress->line_length) {
    // The prefix that av_log has put in front goes as well.
    const AVClass* class = *(const AVClass**)log;
    const int prefix = snprintf(NULL, 0, "[%s @ %p] ", class->item_name(log), log);
    av_log(NULL, AV_LOG_INFO, "%*s\r", prefix + progress->line_length, "");
  }
  progress->line_length = 0;
  progress->waiting = 0;
  pthread_mutex_unlock(&progress->lock);
}

static void progress_show(Progress* progress, const AirforceEvent* event, void* log) {
  const int tenth = event->percent < 0 ? -1 : event->percent / 10;
  if (!progress->waiting) return;
  if (isatty(STDERR_FILENO)) {
    char text[256];
    const int length = snprintf(text, sizeof text, "%.200s", event->text);
    av_log(log, AV_LOG_INFO, "%-*s\r", progress->line_length, text);
    progress->line_length = length;
  } else if (event->phase != progress->phase || tenth != progress->tenth) {
    progress->phase = event->phase;
    progress->tenth = tenth;
    av_log(log, AV_LOG_INFO, "%s\n", event->text);
  }
}

// A line that stays, in place of the one that is written over.
static void progress_replace(Progress* progress, int level, const char* text, void* log) {
  const int visible = level <= av_log_get_level();
  av_log(log, level, "%-*s\n", visible ? progress->line_length : 0, text);
  if (visible) progress->line_length = 0;
}

// Tells what the core tells.
static void progress_event(Progress* progress, const AirforceEvent* event, void* log) {
  if (!event->text) return;
  pthread_mutex_lock(&progress->lock);
  switch (event->kind) {
    case AIRFORCE_EVENT_WARNING:
      progress_replace(progress, AV_LOG_WARNING, event->text, log);
      break;
    case AIRFORCE_EVENT_PROGRESS: progress_show(progress, event, log); break;
    case AIRFORCE_EVENT_TASK:  // its id is what a lost clip is found again by
      progress_replace(progress, progress->task_shown ? AV_LOG_VERBOSE : AV_LOG_INFO, event->text,
                       log);
      progress->task_shown = 1;
      break;
  }
  pthread_mutex_unlock(&progress->lock);
}

#endif
