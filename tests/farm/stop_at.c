// SPDX-License-Identifier: LGPL-2.1-or-later
// Preloaded, it suspends the process (SIGSTOP) once, at a step of a purchase:
//   STOP_BEFORE=TEXT   before TEXT is sent to a socket
//   STOP_AFTER=TEXT    when TEXT was sent, or received
//   STOP_LOCK=1        before a write transaction of SQLite begins
//   STOP_COUNT=N       at the N-th time of these; 1 by default
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS  // it gives fcntl another name
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

enum { SQLITE_WAL_WRITE_LOCK = 120 };  // the byte of the file -shm

static void count(void) {
  static atomic_int times;
  const char* wanted = getenv("STOP_COUNT");
  if (atomic_fetch_add(&times, 1) + 1 == (wanted != NULL ? atoi(wanted) : 1)) raise(SIGSTOP);
}

static void look_at(const char* variable, const void* bytes, ssize_t size) {
  const char* text = getenv(variable);
  if (text != NULL && size > 0 && memmem(bytes, (size_t)size, text, strlen(text)) != NULL) count();
}

ssize_t send(int socket, const void* bytes, size_t size, int flags) {
  static ssize_t (*real)(int, const void*, size_t, int);
  ssize_t sent;
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "send");
  look_at("STOP_BEFORE", bytes, (ssize_t)size);
  sent = real(socket, bytes, size, flags);
  look_at("STOP_AFTER", bytes, sent);
  return sent;
}

// hiredis before 1.0 writes.
ssize_t write(int file, const void* bytes, size_t size) {
  static ssize_t (*real)(int, const void*, size_t);
  ssize_t written;
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "write");
  look_at("STOP_BEFORE", bytes, (ssize_t)size);
  written = real(file, bytes, size);
  look_at("STOP_AFTER", bytes, written);
  return written;
}

ssize_t recv(int socket, void* bytes, size_t size, int flags) {
  static ssize_t (*real)(int, void*, size_t, int);
  ssize_t received;
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "recv");
  received = real(socket, bytes, size, flags);
  look_at("STOP_AFTER", bytes, received);
  return received;
}

static void look_at_lock(int command, const void* argument) {
  const struct flock* lock = argument;
  if (command == F_SETLK && lock->l_type == F_WRLCK && lock->l_start == SQLITE_WAL_WRITE_LOCK &&
      lock->l_len == 1 && getenv("STOP_LOCK") != NULL)
    count();
}

int fcntl(int file, int command, ...) {
  static int (*real)(int, int, ...);
  va_list arguments;
  void* argument;
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "fcntl");
  va_start(arguments, command);
  argument = va_arg(arguments, void*);
  va_end(arguments);
  look_at_lock(command, argument);
  return real(file, command, argument);
}

int fcntl64(int file, int command, ...) __attribute__((alias("fcntl")));
