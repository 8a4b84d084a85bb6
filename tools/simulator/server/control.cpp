// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/control.h"

#include <sstream>
#include <stdexcept>
#include <vector>

#include "server/misbehave.h"

namespace airforce::simulator {

void Control::add_faults(const std::string& lines) {
  std::vector<Fault> faults;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) faults.push_back(parse_fault(line));
  // All or none of them.
  for (Fault& fault : faults) faults_.add(std::move(fault));
}

std::string Control::state() {
  const Totals& totals = service_.totals();
  const auto& keys = service_.settings().keys;
  JsonArrayText accounts;
  for (size_t i = 0; i < keys.size(); ++i)
    accounts.add(JsonObjectText()
                     .set("key", i)  // by its number: the key itself is shown nowhere
                     .set("balance_cents", service_.balance(keys[i]))
                     .set("in_flight", service_.in_flight(keys[i])));
  return JsonObjectText()
      .set("accounts", accounts)
      .set("balance_cents", service_.balance(keys.front()))
      .set("in_flight", service_.in_flight(keys.front()))
      .set("tasks", service_.tasks())
      .set("creates", totals.creates)
      .set("debited_cents", totals.debited_cents)
      .set("refunded_cents", totals.refunded_cents)
      .set("most_in_flight", totals.most_in_flight)
      .set("open_requests", open_exchanges_())
      .set("late_requests", late_requests_())
      .set("requests_by_step", log_.counts())
      .set("faults", faults_.json())
      .set("requests", log_.json())
      .text();
}

void Control::handle(const std::shared_ptr<Exchange>& exchange) {
  exchange->record.step = "control";
  const std::string what = exchange->method() + " " + exchange->path();
  Response answer;
  answer.text = "{}";
  try {
    if (what == "GET /simulator/state") {
      answer.text = state();
    } else if (what == "POST /simulator/faults") {
      add_faults(exchange->body());
    } else if (what == "PUT /simulator/faults") {
      faults_.clear();
      add_faults(exchange->body());
    } else if (what == "DELETE /simulator/faults") {
      faults_.clear();
    } else if (what == "POST /simulator/reset") {
      faults_.clear();
      service_.reset();
      log_.reset();
    } else {
      answer = error_answer(not_found("GET state; POST, PUT or DELETE faults; POST reset"),
                            Dialect::kReference);
    }
  } catch (const std::invalid_argument& error) {
    answer = error_answer(bad_request(error.what()), Dialect::kReference);
  }
  exchange->answer(std::move(answer));
}

}  // namespace airforce::simulator
