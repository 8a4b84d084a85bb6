// SPDX-License-Identifier: LGPL-2.1-or-later
// Ctrl-C while a filter waits.
//
// No interrupt callback reaches filters, so SIGINT and SIGTERM are watched from the first wait
// until the clip is here: they cancel what is waited for, or what is waited for next, and do what
// they did before. Filters of several graphs may wait at once, each in a thread of its own; the
// first one in and the last one out change handlers.
#ifndef AVFILTER_AIRFORCEVIDEO_INTERRUPT_H
#define AVFILTER_AIRFORCEVIDEO_INTERRUPT_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "airforce-video-loader.h"

enum { WATCHED_SIGNALS = 2, WATCH_PLACES = 32 };
static const int watched_signals[WATCHED_SIGNALS] = {SIGINT, SIGTERM};

static struct {
  // Protects users, installed and previous against other waiters; the handler takes no lock.
  pthread_mutex_t lock;
  int users;
  bool installed[WATCHED_SIGNALS];
  struct sigaction previous[WATCHED_SIGNALS];
  // What the handler reads and writes.
  _Atomic(const AirforceCore*) core;
  _Atomic(AirforceGeneration*) waiting[WATCH_PLACES];
  atomic_int in_handler;
  atomic_int caught;  // the last signal since the first user came
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool has_handler(const struct sigaction* action, void (*handler)(int)) {
  return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == handler;
}

// Lets a signal do what it does by default; in its handler, when that returns.
static void watch_die_of(int number) {
  signal(number, SIG_DFL);
  raise(number);
}

static void on_signal(int number, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  const struct sigaction* previous = &watch.previous[number == SIGTERM];
  bool somebody_waits = false;
  atomic_fetch_add(&watch.in_handler, 1);
  atomic_store(&watch.caught, number);
  for (int i = 0; i < WATCH_PLACES; i++) {
    AirforceGeneration* generation = atomic_load(&watch.waiting[i]);
    if (!generation) continue;
    somebody_waits = true;
    atomic_load(&watch.core)->airforce_generation_cancel_from_signal(generation);
  }
  atomic_fetch_sub(&watch.in_handler, 1);
  if (previous->sa_flags & SA_SIGINFO) {
    previous->sa_sigaction(number, info, context);
  } else if (previous->sa_handler == SIG_DFL) {
    if (!somebody_waits) watch_die_of(number);  // else who waits does, with a word
  } else if (previous->sa_handler != SIG_IGN) {
    previous->sa_handler(number);
  }
  errno = saved_errno;
}

static void watch_install(int i) {
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART};
  struct sigaction now;
  action.sa_sigaction = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(watched_signals[i], NULL, &now);
  // Somebody who saved our handler may have put it back.
  if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_signal) return;
  watch.previous[i] = now;
  // Who ignores it (nohup, a shell's background job) wants it ignored.
  if (has_handler(&now, SIG_IGN)) return;
  watch.installed[i] = sigaction(watched_signals[i], &action, NULL) == 0;
}

static void watch_remove(int i) {
  struct sigaction now;
  if (!watch.installed[i]) return;
  watch.installed[i] = false;
  sigaction(watched_signals[i], NULL, &now);
  if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_signal)
    sigaction(watched_signals[i], &watch.previous[i], NULL);
}

// Signals are watched from now on, until as many watch_close().
static void watch_open(const AirforceCore* core) {
  pthread_mutex_lock(&watch.lock);
  if (watch.users++ == 0) {
    atomic_store(&watch.core, core);
    atomic_store(&watch.caught, 0);
    for (int i = 0; i < WATCHED_SIGNALS; i++) watch_install(i);
  }
  pthread_mutex_unlock(&watch.lock);
}

static void watch_close(void) {
  pthread_mutex_lock(&watch.lock);
  if (--watch.users == 0)
    for (int i = 0; i < WATCHED_SIGNALS; i++) watch_remove(i);
  pthread_mutex_unlock(&watch.lock);
}

// Before a wait: a signal cancels the generation; so does one that came since watch_open(), as it
// found nobody waiting. Returns the place to give to watch_end(), -1 if there is none free: then
// Ctrl-C works only when the wait is over.
static int watch_begin(const AirforceCore* core, AirforceGeneration* generation) {
  int place = 0;
  pthread_mutex_lock(&watch.lock);
  while (place < WATCH_PLACES && atomic_load(&watch.waiting[place])) place++;
  if (place < WATCH_PLACES)
    atomic_store(&watch.waiting[place], generation);
  else
    place = -1;
  pthread_mutex_unlock(&watch.lock);
  if (atomic_load(&watch.caught)) core->airforce_generation_cancel(generation);
  return place;
}

// After it. Returns the signal that came if the application leaves it to its default action: for
// watch_die_of(), when there is nothing more to say. Else 0.
static int watch_end(int place) {
  int caught;
  pthread_mutex_lock(&watch.lock);
  if (place >= 0) atomic_store(&watch.waiting[place], NULL);
  while (atomic_load(&watch.in_handler)) sched_yield();  // it may still hold the generation
  caught = atomic_load(&watch.caught);
  if (caught && !has_handler(&watch.previous[caught == SIGTERM], SIG_DFL)) caught = 0;
  pthread_mutex_unlock(&watch.lock);
  return caught;
}

#endif
