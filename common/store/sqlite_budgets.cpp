// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/claim_rules.h"
#include "store/sqlite_rows.h"

namespace airforce {

std::optional<BudgetReport> read_budget(Database& database, const std::string& name) {
  BudgetReport report;
  {
    const auto row = database.query("SELECT sum FROM budgets WHERE name=?", name);
    if (!row->next()) return std::nullopt;
    report.sum_cents = from_budget_units(row->integer(0));
  }
  const auto rows =
      database.query("SELECT state, sum(units) FROM shares WHERE budget=? GROUP BY state", name);
  while (rows->next()) {
    const double cents = from_budget_units(rows->integer(1));
    switch (static_cast<BudgetShare::State>(rows->integer(0))) {
      case BudgetShare::State::Reserved: report.reserved_cents = cents; break;
      case BudgetShare::State::Charged: report.charged_cents = cents; break;
      case BudgetShare::State::Refunded: report.refunded_cents = cents; break;
      case BudgetShare::State::None: break;
    }
  }
  return report;
}

void write_share(Database& database, std::int64_t intent, const BudgetShare& share) {
  if (share.name.empty() || share.state == BudgetShare::State::None) {
    database.change("DELETE FROM shares WHERE intent=?", intent);
    return;
  }
  database.change("INSERT OR IGNORE INTO budgets(name, sum) VALUES(?, ?)", share.name,
                  to_budget_units(share.sum_cents));
  database.change(
      "INSERT INTO shares(intent, budget, units, state) VALUES(?, ?, ?, ?)"
      " ON CONFLICT(intent) DO UPDATE SET units=excluded.units, state=excluded.state",
      intent, share.name, to_budget_units(share.cents), static_cast<int>(share.state));
}

void change_share(Database& database, std::int64_t intent, BudgetShare::State state, double cents) {
  if (state == BudgetShare::State::Refunded) {
    database.change("UPDATE shares SET state=? WHERE intent=?", static_cast<int>(state), intent);
    return;
  }
  database.change("UPDATE shares SET units=?, state=? WHERE intent=?", to_budget_units(cents),
                  static_cast<int>(state), intent);
}

}  // namespace airforce
