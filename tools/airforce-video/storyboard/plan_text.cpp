// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/plan_text.h"

#include "json_lines.h"
#include "terminal_text.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

// What a task takes: between these (contract of the service).
constexpr double kQuickTask = 30;
constexpr double kSlowTask = 240;

std::string shot_price(const PlannedShot& shot) {
  if (shot.is_paid) return "paid";
  const Price& price = shot.price;
  return price.cents ? cents_text(*price.cents) : "unknown";
}

std::string plan_summary(const FilmPlan& plan, const WantedShots& wanted, int jobs) {
  std::string text = std::to_string(plan.shots.size()) +
                     (plan.shots.size() == 1 ? " shot, " : " shots, ") +
                     duration_text(plan.total_seconds) + " of film, " +
                     (plan.total_cents ? cents_text(*plan.total_cents) : "price unknown");
  if (wanted.there > 0) text += " (" + std::to_string(wanted.there) + " exist already)";
  return text + ". Made in about " + duration_text(estimated_seconds(plan, jobs, kQuickTask)) +
         " to " + duration_text(estimated_seconds(plan, jobs, kSlowTask)) + ". Nothing was bought.";
}

}  // namespace

std::string plan_table(const FilmPlan& plan, const WantedShots& wanted, int jobs, int columns) {
  std::vector<std::vector<std::string>> rows{{"SHOT", "MODEL", "LENGTH", "PRICE", "PROMPT"}};
  for (std::size_t i = 0; i < plan.shots.size(); ++i) {
    const Settings& settings = wanted.shots[i].settings;
    std::string shot = std::to_string(wanted.numbers[i]);
    if (plan.shots[i].waits_for)
      shot += " after " + std::to_string(wanted.numbers[*plan.shots[i].waits_for]);
    rows.push_back({shot, visible_line(settings.string(Parameter::model)),
                    std::to_string(plan.shots[i].price.duration_seconds) + " s",
                    shot_price(plan.shots[i]), visible_line(settings.string(Parameter::prompt))});
  }
  TableFit fit;
  fit.columns = columns;
  fit.leave_out = {1, 2};
  fit.shorten = {4};
  std::string text = fitted_table_text(std::move(rows), fit);
  const std::string summary = plan_summary(plan, wanted, jobs);
  if (columns <= 0) return text + summary + "\n";
  for (const std::string& line : wrapped(summary, columns)) text += line + "\n";
  return text;
}

std::string plan_lines(const FilmPlan& plan, const WantedShots& wanted, int jobs) {
  std::string text;
  for (std::size_t i = 0; i < plan.shots.size(); ++i) {
    JsonLine line("planned");
    line.integer("shot", static_cast<std::int64_t>(wanted.numbers[i]));
    line.text("prompt", wanted.shots[i].settings.string(Parameter::prompt));
    line.text("model", wanted.shots[i].settings.string(Parameter::model));
    line.integer("duration_seconds", plan.shots[i].price.duration_seconds);
    if (plan.shots[i].price.cents) line.number("price_cents", *plan.shots[i].price.cents);
    if (plan.shots[i].waits_for)
      line.integer("continues",
                   static_cast<std::int64_t>(wanted.numbers[*plan.shots[i].waits_for]));
    text += line.str();
  }
  JsonLine line("plan");
  line.integer("shots", static_cast<std::int64_t>(plan.shots.size()));
  line.number("film_seconds", plan.total_seconds);
  if (plan.total_cents) line.number("total_cents", *plan.total_cents);
  line.number("seconds_at_least", estimated_seconds(plan, jobs, kQuickTask));
  line.number("seconds_at_most", estimated_seconds(plan, jobs, kSlowTask));
  return text + line.str();
}

}  // namespace airforce::cli
