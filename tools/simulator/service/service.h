// SPDX-License-Identifier: LGPL-2.1-or-later
// The service itself: tasks, balances, slots and expiry. No network, no rendering, no waiting:
// every call first settles what has happened by the clock's time, then answers.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "service/dialect.h"
#include "service/task.h"

namespace airforce::simulator {

struct ServiceSettings {
  Dialect dialect = Dialect::kReference;
  std::vector<std::string> keys;
  int64_t balance_cents = 100000;      ///< of each key, at the start
  int slots = 4;                       ///< tasks in flight per key
  double speed = 10;                   ///< so many times faster than the real service
  std::optional<double> task_seconds;  ///< a task's length in place of what `speed` gives
  double ttl_seconds = 86400;
  uint64_t seed = 0;
};

/// What the tests ask about.
struct Totals {
  int64_t creates = 0;  ///< tasks made
  int64_t debited_cents = 0;
  int64_t refunded_cents = 0;
  int64_t most_in_flight = 0;  ///< ever, for one key
};

class Service {
 public:
  Service(ServiceSettings settings, Clock clock);

  /// Whether the key is one of ours.
  [[nodiscard]] bool knows(const std::string& key) const { return accounts_.contains(key); }

  /// Throws ApiError where `create` would for want of money (402) or of a slot (429).
  void check_affordable(const std::string& key, const Request& request);

  /// Makes the task, which takes a slot. Its cost is charged now in the reference dialect, and when
  /// it leaves the queue in the other. Throws as check_affordable().
  Task& create(const std::string& key, const Request& request, const Plan& plan = {});

  /// The key's task of that id, or nullptr. Valid until the next call of a function that is not
  /// const.
  Task* find(const std::string& key, const std::string& id);
  /// The same, whoever's it is: for what is not asked for with a key.
  Task* find(const std::string& id);

  /// The key's tasks, newest first; of one status if that is not empty.
  std::vector<const Task*> list(const std::string& key, size_t limit, const std::string& status);

  /// Forgets a task and frees its slot. What was charged is not refunded. Whether there was one.
  bool remove(const std::string& key, const std::string& id);

  /// The renderer is done with a task: with a clip or, where there is none, an error.
  void rendered(const std::string& id, std::shared_ptr<const Clip> clip, const std::string& error);

  [[nodiscard]] TaskView view(const Task& task) const { return view_of(task, clock_()); }
  [[nodiscard]] Time now() const { return clock_(); }

  int64_t balance(const std::string& key);
  int in_flight(const std::string& key);
  size_t tasks();
  [[nodiscard]] const Totals& totals() const { return totals_; }
  [[nodiscard]] const ServiceSettings& settings() const { return settings_; }

  /// All tasks forgotten, all balances as at the start, all totals 0.
  void reset();
  /// How often it was reset: what was begun before a reset is not carried out after it.
  [[nodiscard]] int resets() const { return resets_; }

 private:
  struct Account {
    int64_t balance = 0;
    int in_flight = 0;
  };

  void settle();
  void charge(Task& task);
  void finish(Task& task, Time now);
  [[nodiscard]] int64_t uncharged_cents(const std::string& key) const;
  std::string new_id();

  ServiceSettings settings_;
  Clock clock_;
  std::map<std::string, Account> accounts_;
  std::vector<std::unique_ptr<Task>> tasks_;  // oldest first
  Totals totals_;
  int resets_ = 0;
  int64_t last_number_ = 0;
  std::mt19937_64 random_;
};

}  // namespace airforce::simulator
