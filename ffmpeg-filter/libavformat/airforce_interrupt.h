// SPDX-License-Identifier: LGPL-2.1-or-later
// Ctrl-C while the filter or the protocol waits.
//
// No interrupt callback reaches filters, and that of ffmpeg lets the first signal pass while frames
// are read. So SIGINT and SIGTERM are watched from the first wait
// until the clip is downloaded (filter), or while a read waits (protocol): they end the current
// wait, or the next one, and do what they did before. Several may wait at once, each on a thread of
// its own; the first one in and the last one out change handlers. The handler itself only writes to
// atomics.
//
// ffmpeg before 6.1 configures a graph of -filter_complex that failed once more, at once: the
// signal that ended the wait of the first attempt ends that of the second.
#ifndef AVFORMAT_AIRFORCE_INTERRUPT_H
#define AVFORMAT_AIRFORCE_INTERRUPT_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "airforce_worker.h"
#include "libavutil/time.h"

enum { WATCHED_SIGNALS = 2 };
static const int watched_signals[WATCHED_SIGNALS] = {SIGINT, SIGTERM};

static struct {
    // Protects what follows up to `previous` against other users; the handler takes no lock.
    pthread_mutex_t lock;
    int users;
    int64_t left;  // when the last user went, in microseconds
    bool repeated; // the users are those of a second attempt
    bool installed[WATCHED_SIGNALS];
    struct sigaction previous[WATCHED_SIGNALS];
    atomic_int waiting; // how many wait
    atomic_int caught;  // the last signal since the first user came
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline bool has_handler(const struct sigaction *action, void (*handler)(int))
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == handler;
}

// Lets a signal do what it does by default; in its handler, when that returns.
static inline void watch_die_of(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static inline void on_signal(int number, siginfo_t *info, void *context)
{
    const int saved_errno = errno;
    const struct sigaction *previous = &watch.previous[number == SIGTERM];
    atomic_store(&watch.caught, number);
    if (previous->sa_flags & SA_SIGINFO) {
        previous->sa_sigaction(number, info, context);
    } else if (previous->sa_handler == SIG_DFL) {
        // The one who waits logs how to resume, then dies of it.
        if (!atomic_load(&watch.waiting))
            watch_die_of(number);
    } else if (previous->sa_handler != SIG_IGN) {
        previous->sa_handler(number);
    }
    errno = saved_errno;
}

static inline void watch_install(int i)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigaction now;
    action.sa_sigaction = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(watched_signals[i], NULL, &now);
    // An application that saved our handler may have put it back.
    if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_signal)
        return;
    watch.previous[i] = now;
    // It stays ignored where it is (nohup, a shell's background job).
    if (has_handler(&now, SIG_IGN))
        return;
    watch.installed[i] = sigaction(watched_signals[i], &action, NULL) == 0;
}

static inline void watch_remove(int i)
{
    struct sigaction now;
    if (!watch.installed[i])
        return;
    watch.installed[i] = false;
    sigaction(watched_signals[i], NULL, &now);
    if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_signal)
        sigaction(watched_signals[i], &watch.previous[i], NULL);
}

// Signals are watched from now on, until as many watch_close().
static inline void watch_open(void)
{
    pthread_mutex_lock(&watch.lock);
    if (watch.users++ == 0) {
        watch.repeated = atomic_load(&watch.caught) && !watch.repeated &&
                         av_gettime_relative() - watch.left < 1000000;
        if (!watch.repeated)
            atomic_store(&watch.caught, 0);
        for (int i = 0; i < WATCHED_SIGNALS; i++)
            watch_install(i);
    }
    pthread_mutex_unlock(&watch.lock);
}

static inline void watch_close(void)
{
    pthread_mutex_lock(&watch.lock);
    if (--watch.users == 0) {
        watch.left = av_gettime_relative();
        for (int i = 0; i < WATCHED_SIGNALS; i++)
            watch_remove(i);
    }
    pthread_mutex_unlock(&watch.lock);
}

static inline void watch_begin(void)
{
    atomic_fetch_add(&watch.waiting, 1);
}

static inline int watch_was_caught(void *opaque)
{
    return atomic_load(&watch.caught);
}

// For the waits between watch_begin() and watch_end().
static const AirforceInterrupt watch_interrupt = {watch_was_caught, NULL};

// Returns the signal that came if the application leaves it to its default action: for
// watch_die_of(), when there is nothing more to log. Else 0.
static inline int watch_end(void)
{
    const int caught = atomic_load(&watch.caught);
    atomic_fetch_sub(&watch.waiting, 1);
    return caught && has_handler(&watch.previous[caught == SIGTERM], SIG_DFL) ? caught : 0;
}

#endif
