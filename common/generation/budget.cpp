// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/budget.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "values/error.h"
#include "values/text.h"
#include "vocabulary/close_match.h"

namespace airforce {
namespace {

// What the service offers is as long as it likes.
constexpr std::size_t kMaxShown = 60;

std::string shown(const std::vector<std::string>& items) {
  std::vector<std::string> short_ones;
  short_ones.reserve(items.size());
  for (const std::string& item : items) short_ones.push_back(display_text(item, kMaxShown));
  return listed(short_ones);
}

// max_cost_cents when it is not set.
constexpr double kNoLimit = -1;
constexpr double kMaxBudgetCents = 1e9;

Error bad(const std::string& what, const std::string& next_step) {
  return {ErrorKind::Settings, Step::Settings, what, next_step};
}

std::vector<std::string> names_of(const std::vector<Model>& models) {
  std::vector<std::string> names;
  names.reserve(models.size());
  for (const Model& model : models) names.push_back(model.id);
  return names;
}

std::string one_of(const std::vector<Model>& models) {
  return "set model to one of: " + (models.empty() ? "none" : shown(names_of(models)));
}

bool contains(const std::vector<std::string>& items, const std::string& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

// An empty list of caps says nothing.
void check_listed(const char* name, const std::string& value,
                  const std::vector<std::string>& allowed, const Model& model) {
  if (!value.empty() && !allowed.empty() && !contains(allowed, value))
    throw bad("model " + model.id + " has no " + name + " '" + value + "'",
              std::string("choose one of: ") + shown(allowed));
}

}  // namespace

std::string duration_range(const VideoCaps& caps, std::string_view to) {
  const std::string low = caps.min_duration_s ? std::to_string(*caps.min_duration_s) : "?";
  const std::string high = caps.max_duration_s ? std::to_string(*caps.max_duration_s) : "?";
  return (caps.min_duration_s && low == high ? low : low + std::string(to) + high) + " s";
}

std::string cents_text(double cents) {
  char text[64];
  std::snprintf(text, sizeof text, "%.10g %s", std::round(cents * 1000) / 1000,
                cents == 1 ? "cent" : "cents");
  return text;
}

const Model& find_model(const Settings& settings, const std::vector<Model>& models) {
  const std::string& id = settings.string(Parameter::model);
  if (id.empty()) throw bad("no model", one_of(models));
  const auto found = std::find_if(models.begin(), models.end(),
                                  [&](const Model& model) { return model.id == id; });
  if (found == models.end()) {
    const std::string meant = close_match(id, names_of(models));
    throw bad(
        "there is no video model '" + display_text(id, kMaxShown) + "'",
        meant.empty() ? one_of(models) : "did you mean " + display_text(meant, kMaxShown) + "?");
  }
  return *found;
}

Price checked_price(const Settings& settings, Mode mode, const Model& model) {
  Price price;
  price.duration_seconds = static_cast<int>(settings.integer(Parameter::duration_seconds));
  if (!model.caps) return price;
  const VideoCaps& caps = *model.caps;
  check_listed("mode", choices(Parameter::mode).at(static_cast<std::size_t>(mode)).name, caps.modes,
               model);
  check_listed("aspect_ratio", settings.string(Parameter::aspect_ratio), caps.aspect_ratios, model);
  check_listed("quality", settings.string(Parameter::quality), caps.qualities, model);
  if (price.duration_seconds == 0) {
    price.duration_seconds = caps.min_duration_s.value_or(0);
  } else if ((caps.min_duration_s && price.duration_seconds < *caps.min_duration_s) ||
             (caps.max_duration_s && price.duration_seconds > *caps.max_duration_s)) {
    throw bad(
        "model " + model.id + " makes no clip of " + std::to_string(price.duration_seconds) + " s",
        "choose a duration_seconds of " + duration_range(caps, " to "));
  }
  // What the provider makes of further fields can change the price.
  const bool is_certain = settings.string(Parameter::extra).empty();
  if (caps.price_per_second_cents && price.duration_seconds > 0 && is_certain)
    price.cents = price.duration_seconds * *caps.price_per_second_cents;
  return price;
}

BudgetRequest budget_request(const Settings& settings, const Price& price) {
  const std::string& text = settings.string(Parameter::budget);
  if (text.empty()) return {};
  const std::size_t equals = text.rfind('=');
  BudgetRequest request;
  const char* const begin = text.data() + (equals == std::string::npos ? 0 : equals + 1);
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(begin, end, request.sum_cents);
  const bool is_number = result.ec == std::errc() && result.ptr == end && request.sum_cents >= 0 &&
                         request.sum_cents <= kMaxBudgetCents;
  if (equals == std::string::npos || equals == 0 || !is_number)
    throw bad("budget must be NAME=CENTS, not '" + display_text(text, 60) + "'",
              "for example budget=trailer=1000");
  request.name = text.substr(0, equals);
  request.cents = price.cents.value_or(0);
  return request;
}

void check_budget(const Settings& settings, const Price& price) {
  const double limit = settings.number(Parameter::max_cost_cents);
  const bool is_allowed = price.cents || settings.flag(Parameter::allow_unknown_price);
  if (!budget_request(settings, price).name.empty() && !is_allowed)
    throw Error(ErrorKind::Budget, Step::Settings,
                "the price of this clip is unknown, so the budget can't be held",
                "set allow_unknown_price to buy anyway");
  if (limit == kNoLimit) return;
  if (limit < 0)
    throw bad("max_cost_cents must not be negative, except for -1 (no limit)",
              "set it to a number of cents, or leave it out");
  if (!price.cents && is_allowed) return;
  if (!price.cents)
    throw Error(ErrorKind::Budget, Step::Settings,
                "the price of this clip is unknown, and there is a limit of " + cents_text(limit),
                "set allow_unknown_price to buy anyway");
  if (*price.cents > limit)
    throw Error(ErrorKind::Budget, Step::Settings,
                "this clip costs " + cents_text(*price.cents) +
                    (limit > 0 ? ", more than the limit of " + cents_text(limit)
                               : ", and only what is free is allowed"),
                "raise max_cost_cents, or ask for a shorter clip");
}

}  // namespace airforce
