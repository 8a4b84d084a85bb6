/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Films by the C API, in C. Run by airforce-simulator, which takes the purchases.
 * usage: film_test DIRECTORY, where it may write
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airforce-video.h"
#include "check.h"

static AirforceSettings* new_settings(const char* model) {
  AirforceSettings* settings = airforce_settings_new();
  CHECK(airforce_settings_set(settings, "model", model, NULL) == 0);
  CHECK(airforce_settings_set(settings, "poll_interval", "0.1", NULL) == 0);
  return settings;
}

/* What the events of a film have said. */
struct reported {
  int ready;
  int delivered;
  int frames_needed;
  int finished;
};

static void take_event(const AirforceFilmEvent* event, void* data) {
  struct reported* reported = data;
  if (event->kind == AIRFORCE_FILM_EVENT_STATE) {
    reported->ready += event->state == AIRFORCE_SHOT_READY;
    reported->delivered += event->state == AIRFORCE_SHOT_DELIVERED;
  }
  reported->frames_needed += event->kind == AIRFORCE_FILM_EVENT_FRAME_NEEDED;
  reported->finished += event->kind == AIRFORCE_FILM_EVENT_FINISHED;
}

static void reads_a_shot(AirforceFilm* film, size_t shot) {
  AirforceGeneration* generation = airforce_film_shot_generation(film, shot);
  CHECK(airforce_generation_run(generation, NULL) == 0);
  char begin[8];
  CHECK(airforce_generation_read_at(generation, 0, begin, sizeof begin, NULL) == sizeof begin);
  CHECK(memcmp(begin + 4, "ftyp", 4) == 0);
  CHECK(airforce_generation_wait_complete(generation, NULL) == 0);
  airforce_generation_set_delivered(generation);
  airforce_generation_free(generation);
}

static void makes_the_shots_of_a_storyboard(void) {
  const char* const text = "# two shots\none fox\n\ntwo foxes\n";
  AirforceSettings* settings = new_settings("ltx-mini");
  AirforceFilm* film = airforce_film_new(settings, text, strlen(text), 0, NULL);
  airforce_settings_free(settings);
  CHECK(film != NULL);
  CHECK(airforce_film_count(film) == 2);
  CHECK(airforce_film_price_cents(film) == -1);
  CHECK(airforce_film_plan(film, NULL) == 0);
  CHECK(airforce_film_price_cents(film) == 2);
  AirforceShot shot;
  airforce_film_shot(film, 1, &shot);
  CHECK(shot.line == 4 && strcmp(shot.prompt, "two foxes") == 0);
  CHECK(shot.price_cents == 1 && shot.duration_seconds == 1);
  CHECK(shot.state == AIRFORCE_SHOT_WAITING && shot.continues == 0 && shot.sound == 0);
  struct reported reported = {0};
  CHECK(airforce_film_start(film, take_event, &reported, NULL) == 0);
  reads_a_shot(film, 0);
  reads_a_shot(film, 1);
  airforce_film_shot(film, 1, &shot);
  CHECK(shot.state == AIRFORCE_SHOT_DELIVERED && strlen(shot.task_id) > 0);
  reads_a_shot(film, 0); /* one that was delivered */
  airforce_film_free(film);
  CHECK(reported.ready == 2 && reported.delivered >= 2 && reported.finished == 1);
}

static void answers_for_a_shot_that_was_not_run(void) {
  const char* const prompts[] = {"one fox", "two foxes", NULL};
  AirforceSettings* settings = new_settings("ltx-mini");
  AirforceFilm* film = airforce_film_new_from_prompts(settings, prompts, 0, NULL);
  airforce_settings_free(settings);
  CHECK(film != NULL);
  AirforceGeneration* generation = airforce_film_shot_generation(film, 1);
  char buffer[8];
  AirforceError* error = NULL;
  airforce_generation_set_flushing(generation, 1);
  CHECK(airforce_generation_size(generation) == -1);
  CHECK(airforce_generation_available(generation, 0) == 0);
  CHECK(airforce_generation_task(generation) == NULL);
  CHECK(airforce_generation_charge(generation) == AIRFORCE_CHARGE_NONE);
  CHECK(airforce_generation_read_at(generation, 0, buffer, sizeof buffer, &error) == -1);
  CHECK(error != NULL);
  airforce_error_free(error);
  CHECK(airforce_generation_thumbnail(generation, buffer, sizeof buffer, NULL) == -1);
  CHECK(airforce_generation_wait_complete(generation, NULL) == -1);
  CHECK(airforce_film_start(film, NULL, NULL, NULL) == 0);
  CHECK(airforce_generation_run(generation, NULL) == 0);
  error = NULL;
  CHECK(airforce_generation_read_at(generation, 0, buffer, sizeof buffer, &error) == -1);
  CHECK(airforce_error_kind(error) == AIRFORCE_ERROR_INTERRUPTED);
  airforce_error_free(error);
  airforce_generation_set_flushing(generation, 0);
  CHECK(airforce_generation_read_at(generation, 0, buffer, sizeof buffer, NULL) == sizeof buffer);
  airforce_generation_free(generation);
  airforce_film_free(film);
}

static void continues_a_shot_from_its_last_frame(void) {
  const char* const prompts[] = {"a lamp", "the lamp goes out", NULL};
  AirforceSettings* settings = new_settings("seedance-lite");
  AirforceFilm* film = airforce_film_new_from_prompts(settings, prompts, 1, NULL);
  airforce_settings_free(settings);
  CHECK(film != NULL);
  struct reported reported = {0};
  CHECK(airforce_film_start(film, take_event, &reported, NULL) == 0);
  reads_a_shot(film, 0);
  AirforceError* error = NULL;
  CHECK(airforce_film_set_last_frame(film, 0, "no picture", 10, &error) == -1);
  CHECK(airforce_error_kind(error) == AIRFORCE_ERROR_SETTINGS);
  airforce_error_free(error);
  CHECK(airforce_film_set_last_frame(film, 0, picture, sizeof picture, NULL) == 0);
  reads_a_shot(film, 1);
  airforce_film_free(film);
  CHECK(reported.frames_needed == 1);
}

static void refuses_what_is_too_expensive_before_any_purchase(void) {
  AirforceSettings* settings = new_settings("ltx-mini");
  CHECK(airforce_settings_set(settings, "max_cost_cents", "1", NULL) == 0);
  AirforceFilm* film = airforce_film_new(settings, "one\ntwo\n", 8, 0, NULL);
  airforce_settings_free(settings);
  AirforceError* error = NULL;
  CHECK(airforce_film_start(film, NULL, NULL, &error) == -1);
  CHECK(airforce_error_kind(error) == AIRFORCE_ERROR_BUDGET);
  CHECK(airforce_error_charge(error) == AIRFORCE_CHARGE_NONE);
  airforce_error_free(error);
  airforce_film_free(film);
}

static void names_the_line_of_a_problem(void) {
  AirforceSettings* settings = new_settings("ltx-mini");
  const char* const text = "{\"prompt\": \"a\"}\n{\"promt\": \"b\"}\n";
  AirforceError* error = NULL;
  CHECK(airforce_film_new(settings, text, strlen(text), 0, &error) == NULL);
  CHECK(strstr(airforce_error_message(error), ":2:") != NULL);
  airforce_error_free(error);
  error = NULL;
  CHECK(airforce_film_new_from_file(settings, "/no/such/file", 0, &error) == NULL);
  CHECK(airforce_error_kind(error) == AIRFORCE_ERROR_SETTINGS);
  airforce_error_free(error);
  error = NULL;
  CHECK(airforce_film_new_from_uri(settings, "airforce://film?storyboard=", &error) == NULL);
  airforce_error_free(error);
  AirforceFilm* film =
      airforce_film_new_from_uri(settings, "airforce://film?storyboard=a%0Ab&continue=false", NULL);
  CHECK(film != NULL && airforce_film_count(film) == 2);
  airforce_film_cancel(film);
  CHECK(airforce_film_start(film, NULL, NULL, &error) == -1 || airforce_film_count(film) == 2);
  airforce_error_free(error);
  airforce_film_free(film);
  airforce_film_free(NULL);
  airforce_settings_free(settings);
}

int main(void) {
  makes_the_shots_of_a_storyboard();
  answers_for_a_shot_that_was_not_run();
  continues_a_shot_from_its_last_frame();
  refuses_what_is_too_expensive_before_any_purchase();
  names_the_line_of_a_problem();
  return 0;
}
