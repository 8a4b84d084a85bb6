// SPDX-License-Identifier: LGPL-2.1-or-later
// Preloaded under ThreadSanitizer. GLib's locks are futexes of its own, of which the sanitizer sees
// nothing, in GStreamer neither: what they order would be reported as a race. This reports them to
// it, by
// https://github.com/llvm/llvm-project/blob/main/compiler-rt/include/sanitizer/tsan_interface.h.
// In a program without the sanitizer it does nothing.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <glib.h>

#pragma weak __tsan_mutex_pre_lock
#pragma weak __tsan_mutex_post_lock
#pragma weak __tsan_mutex_pre_unlock
#pragma weak __tsan_mutex_post_unlock
#pragma weak __tsan_acquire
#pragma weak __tsan_release

#define MUTEX 0U
#define RECURSIVE __tsan_mutex_write_reentrant
#define READER __tsan_mutex_read_lock

// GLib's own function of that name.
#define REAL(function)                                                           \
  ({                                                                             \
    static __typeof__(&function) real;                                           \
    if (real == NULL) real = (__typeof__(&function))dlsym(RTLD_NEXT, #function); \
    real;                                                                        \
  })

static void about_to_lock(void* lock, unsigned kind) {
  if (__tsan_mutex_pre_lock != NULL) __tsan_mutex_pre_lock(lock, kind);
}

static void locked(void* lock, unsigned kind) {
  if (__tsan_mutex_post_lock != NULL) __tsan_mutex_post_lock(lock, kind, 0);
}

static gboolean tried(void* lock, unsigned kind, gboolean got) {
  if (__tsan_mutex_pre_lock != NULL) {
    const unsigned attempt = kind | __tsan_mutex_try_lock;
    __tsan_mutex_pre_lock(lock, attempt);
    __tsan_mutex_post_lock(lock, attempt | (got ? 0 : __tsan_mutex_try_lock_failed), 0);
  }
  return got;
}

static void about_to_unlock(void* lock, unsigned kind) {
  if (__tsan_mutex_pre_unlock != NULL) __tsan_mutex_pre_unlock(lock, kind);
}

static void unlocked(void* lock, unsigned kind) {
  if (__tsan_mutex_post_unlock != NULL) __tsan_mutex_post_unlock(lock, kind);
}

// The three functions of a lock.
#define REPORT(type, kind, lock_it, try_it, unlock_it) \
  void lock_it(type* lock) {                           \
    about_to_lock(lock, kind);                         \
    REAL(lock_it)(lock);                               \
    locked(lock, kind);                                \
  }                                                    \
  gboolean try_it(type* lock) {                        \
    return tried(lock, kind, REAL(try_it)(lock));      \
  }                                                    \
  void unlock_it(type* lock) {                         \
    about_to_unlock(lock, kind);                       \
    REAL(unlock_it)(lock);                             \
    unlocked(lock, kind);                              \
  }

REPORT(GMutex, MUTEX, g_mutex_lock, g_mutex_trylock, g_mutex_unlock)
REPORT(GRecMutex, RECURSIVE, g_rec_mutex_lock, g_rec_mutex_trylock, g_rec_mutex_unlock)
REPORT(GRWLock, MUTEX, g_rw_lock_writer_lock, g_rw_lock_writer_trylock, g_rw_lock_writer_unlock)
REPORT(GRWLock, READER, g_rw_lock_reader_lock, g_rw_lock_reader_trylock, g_rw_lock_reader_unlock)

// Others may have the lock while a condition is waited for.
static void about_to_wait(GMutex* lock) {
  about_to_unlock(lock, MUTEX);
  unlocked(lock, MUTEX);
}

static void waited(GMutex* lock) {
  about_to_lock(lock, MUTEX);
  locked(lock, MUTEX);
}

void g_cond_wait(GCond* condition, GMutex* lock) {
  about_to_wait(lock);
  REAL(g_cond_wait)(condition, lock);
  waited(lock);
}

gboolean g_cond_wait_until(GCond* condition, GMutex* lock, gint64 end_time) {
  about_to_wait(lock);
  const gboolean signalled = REAL(g_cond_wait_until)(condition, lock, end_time);
  waited(lock);
  return signalled;
}

#undef g_once_init_enter
#undef g_once_init_leave

gboolean(g_once_init_enter)(volatile void* location) {
  const gboolean first = REAL(g_once_init_enter)(location);
  if (!first && __tsan_acquire != NULL) __tsan_acquire((void*)location);
  return first;
}

void(g_once_init_leave)(volatile void* location, gsize result) {
  if (__tsan_release != NULL) __tsan_release((void*)location);
  REAL(g_once_init_leave)(location, result);
}
