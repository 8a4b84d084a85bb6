/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images from memory by the C API, in C. Run by airforce-simulator, which takes the purchase.
 * usage: images_test DIRECTORY, where it may write
 */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airforce-video.h"
#include "check.h"

#define LARGEST ((size_t)32 << 20)

static void check_refused(AirforceSettings* settings, const void* data, size_t size,
                          const char* words) {
  AirforceError* error = NULL;
  CHECK(airforce_settings_add_image(settings, data, size, &error) == -1);
  CHECK(airforce_error_kind(error) == AIRFORCE_ERROR_SETTINGS);
  CHECK(airforce_error_charge(error) == AIRFORCE_CHARGE_NONE);
  CHECK(strstr(airforce_error_message(error), words) != NULL);
  airforce_error_free(error);
  CHECK(airforce_settings_add_image(settings, data, size, NULL) == -1);
}

static void refuses_what_can_not_be_sent(void) {
  AirforceSettings* settings = airforce_settings_new();
  unsigned char* large = calloc(1, LARGEST + 1);
  CHECK(large != NULL);
  memcpy(large, picture, sizeof picture);
  check_refused(settings, NULL, 0, "empty");
  check_refused(settings, NULL, 100, "empty");
  check_refused(settings, picture, 0, "empty");
  check_refused(settings, "GIF89a", 6, "not a JPEG, PNG or WebP picture");
  check_refused(settings, picture, 7, "not a JPEG, PNG or WebP picture");
  check_refused(settings, large, LARGEST + 1, "larger than 33554432 bytes");
  CHECK(airforce_settings_add_image(settings, large, LARGEST, NULL) == 0);
  free(large);
  airforce_settings_free(settings);
}

static AirforceSettings* request(void) {
  AirforceSettings* settings = airforce_settings_new();
  CHECK(airforce_settings_set(settings, "model", "seedance-lite", NULL) == 0);
  CHECK(airforce_settings_set(settings, "quality", "480p", NULL) == 0);
  CHECK(airforce_settings_set(settings, "prompt", "It moves", NULL) == 0);
  CHECK(airforce_settings_set(settings, "mode", "image", NULL) == 0);
  CHECK(airforce_settings_set(settings, "reuse", "always", NULL) == 0);
  return settings;
}

/* The id of the task that made the clip; the caller's to free. */
static char* clip_of(AirforceSettings* settings) {
  AirforceError* error = NULL;
  char* task_id = NULL;
  AirforceGeneration* generation = airforce_generation_new(settings, NULL, NULL);
  airforce_settings_free(settings);
  if (airforce_generation_run(generation, &error) != 0 ||
      airforce_generation_wait_complete(generation, &error) != 0) {
    fprintf(stderr, "%s\n", airforce_error_text(error));
    exit(1);
  }
  CHECK(strcmp(airforce_generation_prompt(generation), "It moves") == 0);
  task_id = strdup(airforce_generation_task(generation)->task_id);
  airforce_generation_free(generation);
  return task_id;
}

/* It is copied, reaches the service, and is the same request as the file with these bytes. */
static void an_image_from_memory_is_bought_once_with_its_file(const char* path) {
  unsigned char copy[sizeof picture];
  char* from_memory;
  char* from_file;
  FILE* file = fopen(path, "wb");
  AirforceSettings* settings = request();
  memcpy(copy, picture, sizeof copy);
  CHECK(airforce_settings_add_image(settings, copy, sizeof copy, NULL) == 0);
  memset(copy, 0, sizeof copy);
  from_memory = clip_of(settings);

  CHECK(file != NULL && fwrite(picture, sizeof picture, 1, file) == 1 && fclose(file) == 0);
  settings = request();
  CHECK(airforce_settings_set(settings, "input_images", path, NULL) == 0);
  from_file = clip_of(settings);
  CHECK(strcmp(from_memory, from_file) == 0);
  free(from_memory);
  free(from_file);
}

static void two_images_do_not_fit_the_mode_and_buy_nothing(void) {
  AirforceError* error = NULL;
  AirforceSettings* settings = request();
  AirforceGeneration* generation;
  CHECK(airforce_settings_add_image(settings, picture, sizeof picture, NULL) == 0);
  CHECK(airforce_settings_add_image(settings, picture, sizeof picture, NULL) == 0);
  generation = airforce_generation_new(settings, NULL, NULL);
  airforce_settings_free(settings);
  CHECK(airforce_generation_run(generation, &error) == -1);
  CHECK(airforce_error_kind(error) == AIRFORCE_ERROR_SETTINGS);
  CHECK(airforce_error_charge(error) == AIRFORCE_CHARGE_NONE);
  CHECK(strstr(airforce_error_message(error), "takes one input image, not 2") != NULL);
  airforce_error_free(error);
  airforce_generation_free(generation);
}

static void a_uri_takes_it_back(void) {
  AirforceError* error = NULL;
  AirforceSettings* settings = airforce_settings_new();
  AirforceGeneration* generation;
  CHECK(airforce_settings_add_image(settings, picture, sizeof picture, NULL) == 0);
  CHECK(airforce_settings_set_uri(
            settings, "airforce://generate?model=seedance-lite&mode=image&prompt=x", NULL) == 0);
  generation = airforce_generation_new(settings, NULL, NULL);
  airforce_settings_free(settings);
  CHECK(airforce_generation_run(generation, &error) == -1);
  CHECK(strstr(airforce_error_message(error), "needs an input image") != NULL);
  airforce_error_free(error);
  airforce_generation_free(generation);
}

int main(int argc, char** argv) {
  char path[4096];
  if (argc != 2) return 2;
  snprintf(path, sizeof path, "%s/red.png", argv[1]);
  refuses_what_can_not_be_sent();
  an_image_from_memory_is_bought_once_with_its_file(path);
  two_images_do_not_fit_the_mode_and_buy_nothing();
  a_uri_takes_it_back();
  return 0;
}
