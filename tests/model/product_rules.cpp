// SPDX-License-Identifier: LGPL-2.1-or-later
#include "product_rules.h"

#include <algorithm>

namespace airforce::model {
namespace {

constexpr std::int64_t kLateSeconds = 180;
constexpr const char* kModel = "wan-2.6";
constexpr const char* kPrompt = "a fox";
constexpr int kDuration = 5;
constexpr double kCents = 100;

Intent to_intent(const Row& row, std::size_t id) {
  Intent intent;
  intent.id = static_cast<std::int64_t>(id);
  intent.state = row.state;
  intent.owned = row.owner != kNone && row.leased;
  intent.claimed_at = intent.sending_at = kNow;
  return intent;
}

}  // namespace

ClaimChoice choose(const std::vector<Row>& rows, std::vector<Intent>& intents, Byte except) {
  for (std::size_t n = 0; n < rows.size(); ++n) {
    if (static_cast<Byte>(n) != except) intents.push_back(to_intent(rows[n], n));
  }
  return choose_claim(intents, Reusable::Finished, kNow);
}

bool nothing_is_available(const std::vector<Row>& rows, Byte except) {
  std::vector<Intent> intents;
  return choose(rows, intents, except).kind == Claim::Kind::New;
}

Error answered(int status) {
  Error error(ErrorKind::Server, airforce::Step::Create, "");
  error.http_status = status;
  return error;
}
const std::vector<Error>& answers_without_a_task() {
  static const std::vector<Error> all = {
      answered(0),    // the connection broke
      answered(200),  // a 2xx that can't be understood
      answered(408), answered(500), answered(504), answered(524), answered(429), answered(402),
  };
  return all;
}
bool says_nothing_of_the_task(const Error& error) {
  return error.http_status != 429 && error.http_status != 402;
}

std::vector<Task> unknown_tasks(const World& world, bool echoed_prompts) {
  std::vector<Task> tasks;
  for (std::size_t n = 0; n < world.jobs.size(); ++n) {
    const Job& job = world.jobs[n];
    const auto is_known = [&](const Row& row) { return row.task == static_cast<Byte>(n); };
    if (!job.listed || std::any_of(world.rows.begin(), world.rows.end(), is_known)) continue;
    Task& task = tasks.emplace_back();
    task.task_id = std::to_string(n);
    task.model = kModel;
    task.created = kNow + (job.late ? kLateSeconds / 2 : 1);
    task.duration_seconds = kDuration;
    task.cost_cents = kCents;
    if (echoed_prompts) task.prompt = job.intent == kNone ? "another" : kPrompt;
  }
  return tasks;
}

LostCreate lost_create() {
  LostCreate lost;
  lost.sent_at = kNow;
  lost.model = kModel;
  lost.prompt = kPrompt;
  lost.duration_seconds = kDuration;
  lost.price_cents = kCents;
  lost.late_seconds = kLateSeconds;
  return lost;
}

}  // namespace airforce::model
