// SPDX-License-Identifier: LGPL-2.1-or-later
// Built with ThreadSanitizer: no signal is lost at a process's first blocking
// call, whenever it comes.
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t came;

static void on_alarm(int number) {
  (void)number;
  came = 1;
}

static void wait_for_alarm_in(suseconds_t microseconds) {
  const struct itimerval timer = {.it_value = {.tv_usec = microseconds}};
  setitimer(ITIMER_REAL, &timer, NULL);
  for (int i = 0; i < 1000 && !came; ++i) poll(NULL, 0, 1);
}

int main(void) {
  signal(SIGALRM, on_alarm);
  int lost = 0;
  for (suseconds_t microseconds = 1; microseconds < 500; microseconds += 5) {
    const pid_t child = fork();
    if (child == 0) {
      wait_for_alarm_in(microseconds);
      _exit(came ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    if (status != 0) ++lost;
  }
  printf("%d of 100 signals were lost\n", lost);
  return lost > 0;
}
