// SPDX-License-Identifier: LGPL-2.1-or-later
// What a storyboard will cost and take, before anything is bought. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "film/storyboard.h"
#include "generation/budget.h"

namespace airforce {

struct PlannedShot {
  Price price;                           // cents are 0 where nothing will be created
  bool is_paid = false;                  // for that reason
  std::optional<double> price_if_gone;   // of a paid one, whose task may be of no use any more
  std::optional<std::size_t> waits_for;  // the shot whose last frame it starts from
};

struct FilmPlan {
  std::vector<PlannedShot> shots;
  std::optional<double> total_cents;  // unset: a price is unknown
  double total_seconds = 0;           // of film, as far as durations are known
  int unknown_prices = 0;
};

// Finds each shot's model and checks the shot against it. Throws Error{Settings} that names each
// problem with the line of its shot, after `name`.
FilmPlan plan_film(const Storyboard& storyboard, const std::vector<Model>& models,
                   const std::string& name);

// Shots that are paid for already cost nothing.
void leave_out_paid(FilmPlan& plan, const std::vector<bool>& paid);

// Throws Error{Budget} where the film's total is above `max_cost_cents`, or unknown while there is
// such a ceiling. A negative ceiling is none; 0 is only what is free.
void check_ceiling(const FilmPlan& plan, double max_cost_cents);

// How long the shots take to make with so many in flight, if each takes `seconds_per_shot`; the
// order is that of ShotSchedule.
double estimated_seconds(const FilmPlan& plan, int jobs, double seconds_per_shot);

}  // namespace airforce
