// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/service.h"

#include <algorithm>
#include <cmath>

#include "service/api_error.h"

namespace airforce::simulator {
namespace {

// What the real service needs: "30 seconds to 4 minutes, depending on duration and model".
constexpr double kQueuedSeconds = 6;
constexpr double kSecondsPerClipSecond = 8;

constexpr int64_t kFirstNumber = 70001;  // of tasks, where ids are numbers

std::string cents(int64_t amount) {
  return std::to_string(amount) + " cents";
}

}  // namespace

Service::Service(ServiceSettings settings, Clock clock)
    : settings_(std::move(settings)), clock_(std::move(clock)), random_(settings_.seed) {
  reset();
}

void Service::reset() {
  resets_ += 1;
  tasks_.clear();
  totals_ = {};
  accounts_.clear();
  for (const auto& key : settings_.keys) accounts_[key].balance = settings_.balance_cents;
}

void Service::check_affordable(const std::string& key, const Request& request) {
  settle();
  const Account& account = accounts_.at(key);
  if (account.in_flight >= settings_.slots) {
    ApiError error(
        429, "rate_limit_error",
        "at most " + std::to_string(settings_.slots) + " video tasks may be in flight per API key",
        "rate_limit_exceeded");
    Time soonest = Time::max();
    for (const auto& task : tasks_)
      if (task->key == key && !task->final) soonest = std::min(soonest, task->ends_at);
    error.retry_after = std::max(1, static_cast<int>(std::ceil(in_seconds(soonest - clock_()))));
    throw error;
  }
  const int64_t available = account.balance - uncharged_cents(key);
  if (available < request.cost_cents())
    throw ApiError(
        402, "insufficient_balance",
        "this costs " + cents(request.cost_cents()) + ", the balance is " + cents(available));
}

Task& Service::create(const std::string& key, const Request& request, const Plan& plan) {
  check_affordable(key, request);
  Account& account = accounts_.at(key);

  const double whole = settings_.task_seconds.value_or(
      (kQueuedSeconds + kSecondsPerClipSecond * request.duration_seconds) / settings_.speed);
  const double queued =
      whole * kQueuedSeconds / (kQueuedSeconds + kSecondsPerClipSecond * request.duration_seconds);

  auto task = std::make_unique<Task>();
  task->id = new_id();
  task->number = kFirstNumber + last_number_++;
  task->key = key;
  task->request = request;
  task->cost_cents = plan.charge.value_or(request.cost_cents());
  task->created = clock_();
  task->runs_at = task->created + seconds(queued);
  task->ends_at = task->created + seconds(whole);
  task->expires_at = task->created + seconds(settings_.ttl_seconds);
  task->plan = plan;

  if (settings_.dialect == Dialect::kReference) charge(*task);
  account.in_flight += 1;
  totals_.creates += 1;
  totals_.most_in_flight = std::max<int64_t>(totals_.most_in_flight, account.in_flight);
  tasks_.push_back(std::move(task));
  return *tasks_.back();
}

void Service::charge(Task& task) {
  task.charged = true;
  accounts_.at(task.key).balance -= task.cost_cents;
  totals_.debited_cents += task.cost_cents;
}

int64_t Service::uncharged_cents(const std::string& key) const {
  int64_t sum = 0;
  for (const auto& task : tasks_)
    if (task->key == key && !task->charged && !task->final) sum += task->cost_cents;
  return sum;
}

void Service::settle() {
  const Time now = clock_();
  for (auto& task : tasks_) {
    if (task->final) continue;
    if (now >= task->runs_at && task->runs_at < task->expires_at && !task->charged) charge(*task);
    if (now >= task->expires_at) {
      task->plan.ending = "expired";
      finish(*task, now);
    } else if (now >= task->ends_at) {
      if (task->plan.ending == "completed" && !task->render_error.empty()) {
        task->plan.ending = "failed";
        task->plan.error_type = "generation_error";
        task->plan.error_message = task->render_error;
      }
      if (task->plan.ending != "completed" || task->clip) finish(*task, now);
    }
  }
  // A finished task goes with its result. One that expired in flight stays as long again, so that
  // who follows it learns of it.
  std::erase_if(tasks_, [&](const std::unique_ptr<Task>& task) {
    const bool expired = task->plan.ending == "expired";
    return task->final &&
           now >= task->expires_at + (expired ? seconds(settings_.ttl_seconds) : Duration::zero());
  });
}

void Service::finish(Task& task, Time now) {
  task.final = true;
  task.finished_at = now;
  Account& account = accounts_.at(task.key);
  account.in_flight -= 1;
  if (task.plan.ending == "completed") return;
  task.clip.reset();
  if (!task.charged || task.plan.refund == "none") return;
  account.balance += task.cost_cents;
  totals_.refunded_cents += task.cost_cents;
  task.refunded = true;
  if (task.plan.refund == "zero") task.cost_cents = 0;
}

Task* Service::find(const std::string& id) {
  settle();
  const auto found = std::find_if(tasks_.begin(), tasks_.end(), [&](const auto& task) {
    return task->id == id || std::to_string(task->number) == id;
  });
  return found == tasks_.end() ? nullptr : found->get();
}

Task* Service::find(const std::string& key, const std::string& id) {
  Task* task = find(id);
  return task && task->key == key ? task : nullptr;
}

std::vector<const Task*> Service::list(const std::string& key, size_t limit,
                                       const std::string& status) {
  settle();
  std::vector<const Task*> chosen;
  for (auto task = tasks_.rbegin(); task != tasks_.rend() && chosen.size() < limit; ++task)
    if ((*task)->key == key && (status.empty() || view(**task).status == status))
      chosen.push_back(task->get());
  return chosen;
}

bool Service::remove(const std::string& key, const std::string& id) {
  const Task* task = find(key, id);
  if (!task) return false;
  if (!task->final) accounts_.at(key).in_flight -= 1;
  std::erase_if(tasks_, [task](const auto& candidate) { return candidate.get() == task; });
  return true;
}

void Service::rendered(const std::string& id, std::shared_ptr<const Clip> clip,
                       const std::string& error) {
  if (Task* task = find(id); task && !task->final) {
    task->clip = std::move(clip);
    task->render_error = error;
  }
}

int64_t Service::balance(const std::string& key) {
  settle();
  return accounts_.at(key).balance;
}

int Service::in_flight(const std::string& key) {
  settle();
  return accounts_.at(key).in_flight;
}

size_t Service::tasks() {
  settle();
  return tasks_.size();
}

std::string Service::new_id() {
  // The time in front and randomness behind, as in a ULID, so that ids sort by age.
  constexpr char kDigits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  auto milliseconds = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_().time_since_epoch()).count());
  std::string time(10, '0');
  for (auto digit = time.rbegin(); digit != time.rend(); ++digit, milliseconds /= 32)
    *digit = kDigits[milliseconds % 32];
  std::string id;
  do {
    id = "vid_" + time;
    for (int i = 0; i < 6; ++i) id += kDigits[random_() % 32];
  } while (
      std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& task) { return task->id == id; }));
  return id;
}

}  // namespace airforce::simulator
