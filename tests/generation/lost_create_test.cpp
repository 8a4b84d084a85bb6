// SPDX-License-Identifier: LGPL-2.1-or-later
// A run that dies in the middle of a purchase, and the next one of the same request: whatever was
// done to the wall clock in between, it is bought once.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generation/purchase.h"
#include "quiet_work.h"
#include "scripted_service.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace airforce {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kDay = 86'400;

// The service, with a clock of its own that nobody sets.
class Service {
 public:
  explicit Service(const Clock& clock) : clock_(clock) {}

  std::int64_t now() const { return start_ + static_cast<std::int64_t>(clock_.elapsed()); }

  // What it makes of a request; the answer to a create is lost.
  void answer(const http::Request& request, http::Response& answer) {
    if (has_date) {
      g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(now());
      g_autofree char* text = g_date_time_format(date, "%a, %d %b %Y %H:%M:%S GMT");
      answer.headers.emplace_back("Date", text);
    }
    if (request.method == "POST") {
      ++creates;
      if (is_late) throw http::TransportError(http::TransportError::Kind::Lost, "cut off");
      add("m");
      if (answers) {
        answer.body = R"({"task_id":"vid_)" + std::to_string(last_task_) + R"("})";
        return;
      }
      throw http::TransportError(http::TransportError::Kind::Cancelled, "killed");
    }
    if (request.url.find("/models") != std::string::npos)
      answer.body = R"({"data":[{"id":"m","output_modalities":["video"],
                             "video_caps":{"price_per_second_cents":40}}]})";
    else {
      if (is_late && ++lists == 2) add("m");
      answer.body = R"({"data":[)" + tasks_ + "]}";
    }
  }

  void add(const std::string& model) {
    tasks_ = R"({"task_id":"vid_)" + std::to_string(++last_task_) + R"(","model":")" + model +
             R"(","status":"running","duration_seconds":5,"cost_cents":200,)" +
             (echo.empty() ? "" : R"("prompt":")" + echo + R"(",)") + R"("created":)" +
             std::to_string(now() + skew) + "}" + (tasks_.empty() ? "" : ",") + tasks_;
  }
  void purge() { tasks_.clear(); }

  bool has_date = true;
  int creates = 0;
  std::int64_t skew = 0;  // of `created`
  std::string echo;       // of the prompt
  bool answers = false;   // the create
  bool is_late = false;   // the task appears when the list is read for the second time
  int lists = 0;

 private:
  const Clock& clock_;
  const std::int64_t start_ =
      system_clock().unix_time() - static_cast<std::int64_t>(system_clock().elapsed());
  std::string tasks_;
  int last_task_ = 0;
};

class LostCreate : public testing::Test {
 protected:
  LostCreate() {
    settings_.set("model", "m");
    inputs_.prompt = "a fox";
    settings_.set("duration_seconds", "5");
  }

  // One run of the request, in a process of its own as the service and the store see it.
  Purchase run(double seconds = 60) {
    ScriptedService session([this](const http::Request& request, http::Response& answer) {
      service_.answer(request, answer);
    });
    api::Client client(session, "http://127.0.0.1", "sk-air-of-a-test", clock_);
    const auto store = open_store(directory_.file("store.sqlite"), clock_);
    const GenerationContext context =
        quiet_work(settings_, client, clock_, cancellable_.get(), seconds, timeouts_);
    return purchase(context, *store, identity_, inputs_);
  }

  void run_and_die() {
    const Error error = test::error_of([&] { run(); });
    ASSERT_EQ(error.kind, ErrorKind::Cancelled) << error.text();
  }

  // What the next run ends with, in so many seconds: a question, and no second purchase.
  Error unknown(double seconds) {
    Error error = test::error_of([&] { run(seconds); });
    EXPECT_EQ(error.kind, ErrorKind::UnknownCreate) << error.text();
    EXPECT_EQ(error.charge, Charge::Unknown);
    EXPECT_EQ(service_.creates, 1);
    return error;
  }

  const test::TempDir directory_;
  ShiftedClock clock_;
  Service service_{clock_};
  Settings settings_;
  GenerationTimeouts timeouts_;
  GObjectPtr<GCancellable> cancellable_{g_cancellable_new()};
  // An account of its own: a pause holds for all creates of one.
  RequestIdentity identity_{testing::UnitTest::GetInstance()->current_test_info()->name(),
                            "request", "m", "a fox"};
  Inputs inputs_;
};

class ClockThatIsSet : public LostCreate, public testing::WithParamInterface<std::int64_t> {};

TEST_P(ClockThatIsSet, between_a_death_and_the_next_run_hides_no_purchase) {
  run_and_die();
  clock_.slept += 30;
  clock_.set = GetParam();
  EXPECT_EQ(run().task->task_id, "vid_1");
  EXPECT_EQ(service_.creates, 1);
}

TEST_P(ClockThatIsSet, hides_no_purchase) {
  clock_.set = GetParam();
  run_and_die();
  clock_.slept += 30;
  EXPECT_EQ(run().task->task_id, "vid_1");
  EXPECT_EQ(service_.creates, 1);
}

TEST_P(ClockThatIsSet, leads_to_a_question_and_no_second_purchase_without_the_time_of_the_service) {
  service_.has_date = false;
  clock_.set = GetParam();
  run_and_die();
  clock_.slept += 30;
  clock_.set = 0;
  try {
    EXPECT_EQ(run(1).task->task_id, "vid_1");
    EXPECT_LE(std::abs(GetParam()), 60) << "it can't have known";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::UnknownCreate) << error.text();
    EXPECT_THAT(error.candidates, ElementsAre("vid_1"));
  }
  EXPECT_EQ(service_.creates, 1);
}

INSTANTIATE_TEST_SUITE_P(Seconds, ClockThatIsSet,
                         testing::Values(-400 * kDay, -2 * kDay, -60, 0, 60, 2 * kDay, 400 * kDay));

TEST_F(LostCreate, is_given_up_when_its_task_was_purged_however_many_tasks_there_are) {
  run_and_die();
  clock_.slept += 2.0 * kDay;
  service_.purge();
  for (int i = 0; i < 200; ++i) service_.add("m");  // a full list does not reach back to it
  EXPECT_THROW(run(), Error);                       // its own create is lost, too
  EXPECT_EQ(service_.creates, 2);
}

TEST_F(LostCreate, takes_none_of_several_possible_tasks_and_names_them) {
  run_and_die();
  service_.add("m");
  const Error error = unknown(1);
  EXPECT_THAT(error.candidates, testing::UnorderedElementsAre("vid_1", "vid_2"));
  EXPECT_THAT(error.text(), testing::AllOf(HasSubstr("vid_1"), HasSubstr("vid_2")));
}

TEST_F(LostCreate, is_not_bought_again_when_a_full_list_does_not_reach_back_to_it) {
  run_and_die();
  clock_.slept += 3'600;
  service_.purge();
  for (int i = 0; i < 200; ++i) service_.add("m");
  unknown(1);
}

TEST_F(LostCreate, is_not_bought_again_while_it_may_still_be_carried_out) {
  run_and_die();
  service_.purge();
  clock_.slept += kLateCreate.count() - 60;
  EXPECT_THAT(unknown(1).text(), HasSubstr("none can appear any more (in "));
}

TEST_F(LostCreate, is_bought_again_once_nothing_can_appear_any_more) {
  run_and_die();
  service_.purge();
  clock_.slept += kLateCreate.count() + 2;
  EXPECT_EQ(test::error_of([&] { run(); }).kind, ErrorKind::Cancelled) << "killed, like the first";
  EXPECT_EQ(service_.creates, 2);
}

class SkewedCreated : public LostCreate, public testing::WithParamInterface<std::int64_t> {};

TEST_P(SkewedCreated, hides_no_task_with_our_prompt_or_cost) {
  service_.skew = GetParam();
  for (const char* echo : {"", "a fox"}) {
    service_.echo = echo;
    service_.creates = 0;
    service_.purge();
    identity_.request = std::string("request ") + echo;
    run_and_die();
    clock_.slept += kLateCreate.count() + 2;
    EXPECT_THAT(unknown(1).candidates, testing::SizeIs(1)) << echo;
  }
}

TEST_P(SkewedCreated, does_not_hide_a_task_that_appears_during_the_search) {
  service_.skew = GetParam();
  service_.echo = "a fox";
  service_.is_late = true;
  EXPECT_EQ(run().task->task_id, "vid_1");
  EXPECT_EQ(service_.creates, 1);
}

TEST_P(SkewedCreated, is_learned_from_a_create_that_was_answered) {
  service_.skew = GetParam();
  service_.echo = "a fox";
  service_.answers = true;
  identity_.request = "another request";
  EXPECT_EQ(run().task->task_id, "vid_1");
  service_.answers = false;
  identity_.request = "request";
  run_and_die();
  EXPECT_EQ(run().task->task_id, "vid_2");
  EXPECT_EQ(service_.creates, 2);
}

INSTANTIATE_TEST_SUITE_P(Seconds, SkewedCreated, testing::Values(-3600, -60, 400, 3600));

TEST_F(LostCreate, takes_no_task_of_another_hour_for_its_own) {
  service_.add("m");
  clock_.slept += 3'600;
  run_and_die();
  clock_.slept += 3'600;
  service_.add("m");
  EXPECT_EQ(run().task->task_id, "vid_2");
}

}  // namespace
}  // namespace airforce
