// SPDX-License-Identifier: LGPL-2.1-or-later
// Two threads count under a GMutex; with an argument one of them does not take it, which is a race.
#include <glib.h>

static GMutex lock;
static int count;

static gpointer count_with_lock(gpointer data) {
  for (int i = 0; i < 1000; ++i) {
    g_mutex_lock(&lock);
    ++count;
    g_mutex_unlock(&lock);
  }
  return data;
}

static gpointer count_without(gpointer data) {
  for (int i = 0; i < 1000; ++i) ++count;
  return data;
}

int main(int argc, char** argv) {
  (void)argv;
  GThread* one = g_thread_new("one", argc > 1 ? count_without : count_with_lock, NULL);
  GThread* other = g_thread_new("other", count_with_lock, NULL);
  g_thread_join(one);
  g_thread_join(other);
  return 0;
}
