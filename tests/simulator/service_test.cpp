// SPDX-License-Identifier: LGPL-2.1-or-later
// The service's rules, by a clock that stands still unless it is moved.
#include "service/service.h"

#include <optional>

#include <gtest/gtest.h>

#include "service/api_error.h"

namespace airforce::simulator {
namespace {

constexpr char kKey[] = "one";
constexpr char kOther[] = "two";

class ServiceTest : public testing::Test {
 protected:
  explicit ServiceTest(ServiceSettings settings = {})
      : service(
            [&] {
              settings.keys = {kKey, kOther};
              settings.task_seconds = 10;
              return settings;
            }(),
            [this] { return now; }) {}

  void pass(double count) { now += seconds(count); }

  Request request(int length = 5) const {
    return parse_request(R"({"model":"wan-2.6","prompt":"p","duration_seconds":)" +
                         std::to_string(length) + "}");
  }
  /// A task that the renderer is done with at once.
  std::string create(const char* key = kKey, const Plan& plan = {}) {
    std::string id = service.create(key, request(), plan).id;
    service.rendered(id, std::make_shared<Clip>(), "");
    return id;
  }
  TaskView view(const std::string& id) { return service.view(*service.find(id)); }

  /// The error that a create runs into.
  std::optional<ApiError> refusal() {
    try {
      create();
    } catch (const ApiError& error) {
      return error;
    }
    return std::nullopt;
  }

  Time now{seconds(1'700'000'000)};
  Service service;
};

TEST_F(ServiceTest, debits_the_cost_at_creation) {
  const int64_t before = service.balance(kKey);
  create();
  EXPECT_EQ(before - service.balance(kKey), 5 * 40);
  EXPECT_EQ(service.totals().debited_cents, 200);
}

TEST_F(ServiceTest, is_queued_then_runs_then_is_completed) {
  const std::string id = create();
  EXPECT_EQ(view(id), (TaskView{"queued", std::nullopt}));
  pass(2);
  EXPECT_EQ(view(id).status, "running");
  pass(8);
  EXPECT_EQ(view(id), (TaskView{"completed", 100, true}));
}

TEST_F(ServiceTest, progress_never_goes_back_and_stays_below_100_while_it_runs) {
  const std::string id = create();
  int last = 0;
  for (int tick = 0; tick < 999; ++tick, pass(0.01)) {
    const TaskView seen = view(id);
    if (seen.status != "running") continue;
    EXPECT_GE(seen.progress, last);
    EXPECT_LT(seen.progress, 100);
    last = *seen.progress;
  }
  EXPECT_EQ(last, 96);
}

TEST_F(ServiceTest, knows_exactly_when_a_task_will_look_different) {
  const std::string id = create();
  while (const auto next = next_change(*service.find(id), now)) {
    const TaskView before = view(id);
    now = *next - Duration(2);
    EXPECT_EQ(view(id), before);
    now = *next;
    EXPECT_NE(view(id), before);
  }
  EXPECT_EQ(view(id).status, "completed");
}

TEST_F(ServiceTest, waits_for_a_renderer_that_is_slower_than_the_task) {
  const std::string id = service.create(kKey, request()).id;
  pass(100);
  EXPECT_EQ(view(id), (TaskView{"running", 96}));
  service.rendered(id, std::make_shared<Clip>(), "");
  EXPECT_EQ(view(id).status, "completed");
}

TEST_F(ServiceTest, refunds_a_failed_task) {
  const int64_t before = service.balance(kKey);
  Plan plan;
  plan.ending = "failed";
  const std::string id = create(kKey, plan);
  pass(10);
  EXPECT_EQ(view(id).status, "failed");
  EXPECT_EQ(service.balance(kKey), before);
  EXPECT_EQ(service.find(id)->cost_cents, 0);
  EXPECT_EQ(service.totals().refunded_cents, 200);
}

TEST_F(ServiceTest, fails_and_refunds_a_task_that_could_not_be_rendered) {
  const int64_t before = service.balance(kKey);
  const std::string id = service.create(kKey, request()).id;
  service.rendered(id, nullptr, "no paint");
  pass(10);
  EXPECT_EQ(view(id).status, "failed");
  EXPECT_EQ(service.find(id)->plan.error_message, "no paint");
  EXPECT_EQ(service.balance(kKey), before);
}

TEST_F(ServiceTest, refunds_once) {
  Plan plan;
  plan.ending = "expired";
  create(kKey, plan);
  for (int i = 0; i < 5; ++i) {
    pass(10);
    service.balance(kKey);
  }
  EXPECT_EQ(service.totals().refunded_cents, 200);
}

TEST_F(ServiceTest, keeps_the_money_of_a_deleted_task_but_frees_its_slot) {
  const int64_t before = service.balance(kKey);
  const std::string id = create();
  EXPECT_TRUE(service.remove(kKey, id));
  EXPECT_EQ(service.balance(kKey), before - 200);
  EXPECT_EQ(service.in_flight(kKey), 0);
  EXPECT_FALSE(service.remove(kKey, id));
}

TEST_F(ServiceTest, fifth_task_in_flight_gets_429_with_retry_after) {
  for (int i = 0; i < 4; ++i) {
    create();
    pass(1);
  }
  const auto error = refusal();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->status, 429);
  EXPECT_EQ(error->retry_after, 6);  // the first one ends 10 s after it began, 4 s ago
  EXPECT_EQ(service.totals().most_in_flight, 4);
  pass(6);
  EXPECT_FALSE(refusal());
}

TEST_F(ServiceTest, counts_slots_and_money_for_each_key_on_its_own) {
  for (int i = 0; i < 4; ++i) create(kOther);
  EXPECT_FALSE(refusal());
  EXPECT_EQ(service.balance(kOther), service.settings().balance_cents - 800);
  EXPECT_EQ(service.balance(kKey), service.settings().balance_cents - 200);
}

TEST_F(ServiceTest, a_key_sees_its_own_tasks_only) {
  const std::string id = create(kOther);
  EXPECT_EQ(service.find(kKey, id), nullptr);
  EXPECT_FALSE(service.remove(kKey, id));
  EXPECT_TRUE(service.list(kKey, 50, "").empty());
  EXPECT_NE(service.find(kOther, id), nullptr);
}

TEST_F(ServiceTest, lists_the_newest_first_up_to_the_limit_and_of_one_status) {
  const std::string first = create();
  pass(10);
  const std::string second = create();
  const std::string third = create();
  const auto ids = [&](size_t limit, const char* status) {
    std::vector<std::string> found;
    for (const Task* task : service.list(kKey, limit, status)) found.push_back(task->id);
    return found;
  };
  EXPECT_EQ(ids(50, ""), (std::vector{third, second, first}));
  EXPECT_EQ(ids(2, ""), (std::vector{third, second}));
  EXPECT_EQ(ids(50, "completed"), std::vector{first});
  EXPECT_EQ(ids(1, "queued"), std::vector{third});
}

TEST_F(ServiceTest, purges_a_finished_task_when_its_time_is_over) {
  const std::string id = create();
  pass(86399);
  EXPECT_NE(service.find(id), nullptr);
  pass(1);
  EXPECT_EQ(service.find(id), nullptr);
}

class BriefService : public ServiceTest {
 protected:
  BriefService() : ServiceTest({.ttl_seconds = 5}) {}
};

TEST_F(BriefService, a_task_still_in_flight_at_its_expiry_is_expired_and_refunded) {
  const int64_t before = service.balance(kKey);
  const std::string id = create();
  pass(5);
  EXPECT_EQ(view(id).status, "expired");
  EXPECT_EQ(service.balance(kKey), before);
  EXPECT_EQ(service.in_flight(kKey), 0);
  pass(5);
  EXPECT_EQ(service.find(id), nullptr);
}

class PoorService : public ServiceTest {
 protected:
  PoorService() : ServiceTest({.balance_cents = 399}) {}
};

TEST_F(PoorService, refuses_what_the_balance_does_not_cover) {
  EXPECT_FALSE(refusal());
  const auto error = refusal();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->status, 402);
  EXPECT_EQ(error->type, "insufficient_balance");
  EXPECT_EQ(service.totals().creates, 1);
}

TEST_F(ServiceTest, reset_brings_back_the_beginning) {
  create();
  service.reset();
  EXPECT_EQ(service.balance(kKey), service.settings().balance_cents);
  EXPECT_EQ(service.tasks(), 0U);
  EXPECT_EQ(service.totals().creates, 0);
}

}  // namespace
}  // namespace airforce::simulator
