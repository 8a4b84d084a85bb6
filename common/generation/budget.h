// SPDX-License-Identifier: LGPL-2.1-or-later
// What may be bought: pure functions of settings and the models' caps.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "values/settings.h"
#include "values/task.h"

namespace airforce {

struct Price {
  std::optional<double> cents;  // unset: unknown
  int duration_seconds = 0;     // 0: unknown
};

// Finds settings' model among the video models. Throws Error{Settings} with a list of them (caps
// and price) where none is named or it is not there.
const Model& find_model(const Settings& settings, const std::vector<Model>& models);

// Checks mode, duration, aspect ratio, quality and the count of images against the caps; throws
// Error{Settings} that lists what is allowed. Then the price = duration × price_per_second_cents
// (contract: Models).
Price checked_price(const Settings& settings, Mode mode, const Model& model);

// Throws Error{Budget} where `price` is above max_cost_cents, or unknown while there is such a
// limit or a budget, unless allow_unknown_price is set.
void check_budget(const Settings& settings, const Price& price);

// `budget` (NAME=CENTS) with this price; an empty name where it is not set. Throws Error{Settings}.
BudgetRequest budget_request(const Settings& settings, const Price& price);

// "5 s", or "4 to 8 s" with `to` between, "?" for what is not known.
std::string duration_range(const VideoCaps& caps, std::string_view to);

// "160 cents", "12.5 cents"
std::string cents_text(double cents);

}  // namespace airforce
