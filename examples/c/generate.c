/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A prompt becomes an MP4 on standard output, byte by byte as it arrives, with the C API and
 * nothing else:
 *
 *   cc generate.c -o generate $(pkg-config --cflags --libs airforce-video)
 *   export AIRFORCE_API_KEY=sk-air-...
 *   ./generate wan-2.6 "A red fox darting across snowy hills at dawn" >fox.mp4
 *
 * Ctrl-C stops it at once; the same command again resumes what was paid for.
 */
#include <airforce-video.h>
#include <signal.h>
#include <stdio.h>

static AirforceGeneration* generation;

static void on_interrupt(int number) {
  (void)number;
  airforce_generation_cancel_from_signal(generation);
}

/* Called by the thread that works on the generation, or later by the one that downloads. */
static void on_event(const AirforceEvent* event, void* user_data) {
  (void)user_data;
  fprintf(stderr, "%s\n", event->text);
}

static int fail(AirforceError* error) {
  /* What was wrong, the charge status, what to do: one line. */
  fprintf(stderr, "generate: %s\n", airforce_error_text(error));
  airforce_error_free(error);
  return 1;
}

/* Copies the clip; each read waits for its bytes only. */
static int copy_clip(AirforceError** error) {
  static char buffer[64 * 1024];
  uint64_t offset = 0;
  int64_t count;
  while ((count = airforce_generation_read_at(generation, offset, buffer, sizeof buffer, error)) >
         0) {
    if (fwrite(buffer, 1, (size_t)count, stdout) != (size_t)count) {
      perror("generate: standard output");
      return 1;
    }
    offset += (uint64_t)count;
  }
  return count < 0 ? -1 : fflush(stdout) != 0;
}

int main(int argc, char** argv) {
  AirforceSettings* settings;
  AirforceError* error = NULL;
  int code = 0;
  if (argc != 3) {
    fprintf(stderr, "usage: %s MODEL PROMPT >FILE.mp4\n", argv[0]);
    return 2;
  }
  settings = airforce_settings_new();
  if (airforce_settings_set(settings, "model", argv[1], &error) < 0 ||
      airforce_settings_set(settings, "prompt", argv[2], &error) < 0) {
    airforce_settings_free(settings);
    return fail(error);
  }
  generation = airforce_generation_new(settings, on_event, NULL);
  airforce_settings_free(settings); /* it was copied */
  signal(SIGINT, on_interrupt);

  if (airforce_generation_run(generation, &error) < 0) { /* buys, and waits until there is a clip */
    code = fail(error);
  } else {
    code = copy_clip(&error);
    if (code < 0) code = fail(error);
  }
  signal(SIGINT, SIG_DFL); /* before the generation goes that the handler knows */
  airforce_generation_free(generation);
  return code;
}
