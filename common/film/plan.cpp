// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/plan.h"

#include <algorithm>

#include "film/schedule.h"
#include "values/error.h"
#include "values/request.h"

namespace airforce {
namespace {

PlannedShot planned(const Shot& shot, const std::vector<Model>& models) {
  PlannedShot planned;
  const Settings& settings = shot.settings;
  if (!settings.string(Parameter::task_id).empty()) {
    planned.price.cents = 0;
    planned.price.duration_seconds =
        static_cast<int>(settings.integer(Parameter::duration_seconds));
    return planned;
  }
  const std::size_t images = settings.list(Parameter::input_images).size() +
                             settings.images().size() + (shot.continues ? 1 : 0);
  const Mode mode = resolve_mode(settings.choice<Mode>(Parameter::mode), images);
  planned.price = checked_price(settings, mode, find_model(settings, models));
  return planned;
}

std::string paid_remark(const FilmPlan& plan) {
  const auto paid = std::count_if(plan.shots.begin(), plan.shots.end(),
                                  [](const PlannedShot& shot) { return shot.is_paid; });
  return paid > 0 ? " without the " + std::to_string(paid) + " that are paid for" : std::string();
}

}  // namespace

FilmPlan plan_film(const Storyboard& storyboard, const std::vector<Model>& models,
                   const std::string& name) {
  FilmPlan plan;
  Storyboard refused;
  double total = 0;
  for (std::size_t i = 0; i < storyboard.shots.size(); ++i) {
    const Shot& shot = storyboard.shots[i];
    PlannedShot next;
    try {
      next = planned(shot, models);
    } catch (const Error& error) {
      refused.problems.push_back(
          {shot.line, error.message + (error.next_step.empty() ? "" : ": " + error.next_step)});
    }
    if (shot.continues && i > 0) next.waits_for = i - 1;
    plan.total_seconds += next.price.duration_seconds;
    total += next.price.cents.value_or(0);
    if (!next.price.cents) ++plan.unknown_prices;
    plan.shots.push_back(next);
  }
  check_storyboard(refused, name);
  if (plan.unknown_prices == 0) plan.total_cents = total;
  return plan;
}

void leave_out_paid(FilmPlan& plan, const std::vector<bool>& paid) {
  double total = 0;
  plan.unknown_prices = 0;
  for (std::size_t i = 0; i < plan.shots.size(); ++i) {
    PlannedShot& shot = plan.shots[i];
    if (paid[i] && shot.price.cents != 0) {
      shot.is_paid = true;
      shot.price_if_gone = shot.price.cents;
      shot.price.cents = 0;
    }
    total += shot.price.cents.value_or(0);
    if (!shot.price.cents) ++plan.unknown_prices;
  }
  plan.total_cents = plan.unknown_prices == 0 ? std::optional(total) : std::nullopt;
}

void check_ceiling(const FilmPlan& plan, double max_cost_cents) {
  if (max_cost_cents < 0) return;
  const std::string ceiling = max_cost_cents == 0
                                  ? "max_cost_cents=0 allows only what is free"
                                  : "max_cost_cents is " + cents_text(max_cost_cents);
  if (!plan.total_cents)
    throw Error(ErrorKind::Budget, Step::Settings,
                "the price of " + std::to_string(plan.unknown_prices) + " of " +
                    std::to_string(plan.shots.size()) + " shots is unknown, and " + ceiling,
                "choose a model whose price is known, or leave max_cost_cents out");
  if (*plan.total_cents > max_cost_cents)
    throw Error(ErrorKind::Budget, Step::Settings,
                "the " + std::to_string(plan.shots.size()) + " shots cost " +
                    cents_text(*plan.total_cents) + paid_remark(plan) + ", and " + ceiling,
                "raise max_cost_cents, or ask for fewer or shorter shots");
}

double estimated_seconds(const FilmPlan& plan, int jobs, double seconds_per_shot) {
  std::vector<std::optional<std::size_t>> waits_for;
  for (const PlannedShot& shot : plan.shots) waits_for.push_back(shot.waits_for);
  ShotSchedule schedule(std::move(waits_for), jobs);
  double seconds = 0;
  while (!schedule.finished()) {
    // All take equally long, so that those that start together end together.
    std::vector<std::size_t> started;
    while (const auto shot = schedule.start_next()) started.push_back(*shot);
    if (started.empty()) break;
    seconds += seconds_per_shot;
    for (const std::size_t shot : started) {
      schedule.made(shot);
      schedule.ready(shot);
      schedule.frame_available(shot);
      schedule.delivered(shot);
    }
  }
  return seconds;
}

}  // namespace airforce
