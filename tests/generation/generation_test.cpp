// SPDX-License-Identifier: LGPL-2.1-or-later
// The charge status, the clip and the thumbnail of an interrupted task. The
// service is a server on this machine.
#include "generation/generation.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local_server.h"
#include "store/sqlite_db.h"
#include "store/store.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace airforce {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

class GenerationTest : public testing::Test {
 protected:
  GenerationTest() {
    settings_.set("base_url", server_.url());
    settings_.set("api_key", "sk-air-of-a-test");
    settings_.set("store", store_);
    settings_.set("model", "m");
    settings_.set("prompt", "a fox");
    settings_.set("progress_source", "poll");
    settings_.set("poll_interval", "0.1");
  }

  static std::string status(const char* status) {
    return std::string(R"({"task_id":"vid_1","status":")") + status + "\"}";
  }
  std::string completed() const {
    return R"({"task_id":"vid_1","status":"completed","result_url":")" + server_.url("/clip.mp4") +
           R"(","thumbnail_url":")" + server_.url("/thumbnail.jpg") + "\"}";
  }
  void attach() { settings_.set("task_id", "vid_1"); }

  Generation::Listener listener() {
    return [this](const GenerationEvent& event, const Task* task) {
      if (event.kind == GenerationEvent::Kind::Warning) warnings_.push_back(event.text);
      if (on_event_) on_event_(event, task);
    };
  }

  // Runs to the end.
  void run() {
    Generation generation(settings_, listener());
    run(generation);
  }
  static void run(Generation& generation) {
    generation.run();
    generation.wait_complete();
    generation.set_delivered();
  }

  // What run() fails with when it is cancelled as soon as the task has this status.
  Error cancelled_at(TaskStatus status) {
    Generation generation(settings_, listener());
    on_event_ = [&](const GenerationEvent& event, const Task* task) {
      if (event.kind == GenerationEvent::Kind::Task && task->status == status) generation.cancel();
    };
    Error error = test::error_of([&] { generation.run(); });
    on_event_ = nullptr;
    EXPECT_EQ(error.kind, ErrorKind::Cancelled) << error.text();
    return error;
  }

  // What the store knows of purchases.
  std::vector<IntentState> recorded() const {
    std::vector<IntentState> states;
    for (const Intent& intent : open_store(store_)->intents("", 10)) states.push_back(intent.state);
    return states;
  }

  int seen(const std::string& method) const {
    int count = 0;
    for (const test::Seen& seen : server_.seen()) count += seen.method == method ? 1 : 0;
    return count;
  }

  void answer(test::LocalServer& server, SoupServerMessage* message) {
    const std::string method = soup_server_message_get_method(message);
    const std::string path = g_uri_get_path(soup_server_message_get_uri(message));
    if (method == "POST") {
      test::answer_json(message, status("queued"));
    } else if (method == "DELETE") {
      test::answer(message, delete_status_, "text/plain", "");
    } else if (path.ends_with("/models")) {
      test::answer_json(message, R"({"data":[{"id":"m","output_modalities":["video"]}]})");
    } else if (path == "/thumbnail.jpg") {
      if (thumbnail_) thumbnail_(server, message);
    } else if (path != "/clip.mp4") {
      test::answer_json(message, task_(++questions_));
    } else if (gives_size_) {
      test::answer(message, 200, "video/mp4", clip_);
    } else {
      const auto later = server.answer_later(message, "video/mp4");
      later->write(clip_);
      later->end();
    }
  }

  // The smallest one that is taken for a clip.
  const std::string clip_{"\0\0\0\x10\x66typisom0000\0\0\0\x10moov\0\0\0\x08trak", 32};
  const test::TempDir directory_;
  const std::string store_ = directory_.file("store.sqlite");
  std::atomic<int> questions_ = 0;  // for the task
  // What the n-th of them (from 1) is answered.
  std::function<std::string(int)> task_ = [this](int) { return completed(); };
  std::function<void(test::LocalServer&, SoupServerMessage*)> thumbnail_;
  int delete_status_ = 200;
  bool gives_size_ = true;
  test::LocalServer server_{
      [this](test::LocalServer& server, SoupServerMessage* message) { answer(server, message); }};
  Settings settings_;
  Generation::Listener on_event_;
  std::vector<std::string> warnings_;
};

TEST_F(GenerationTest, needs_nobody_who_listens) {
  Generation generation(settings_, {});
  run(generation);
  EXPECT_EQ(test::read_file(generation.clip().path()), clip_);
  EXPECT_THAT(recorded(), ElementsAre(IntentState::Delivered));
}

TEST_F(GenerationTest, reports_the_downloaded_bytes_of_a_clip_of_unknown_size) {
  gives_size_ = false;
  int reports = 0;
  on_event_ = [&](const GenerationEvent& event, const Task*) {
    if (event.phase != GenerationPhase::Download || event.total_bytes >= 0) return;
    EXPECT_EQ(event.percent, -1);
    ++reports;
  };
  run();
  EXPECT_GT(reports, 0);
}

TEST_F(GenerationTest, buys_with_a_store_that_was_damaged_and_says_so) {
  settings_.set("reuse", "unfinished");
  run();
  std::string bytes = test::read_file(store_);
  std::fill(bytes.begin() + 100, bytes.end(), 'x');  // all but the mark that it is a store
  test::write_file(store_, bytes);
  run();
  EXPECT_THAT(warnings_, Contains(HasSubstr("damaged")));
  EXPECT_THAT(recorded(), ElementsAre(IntentState::Delivered)) << "the new one";
}

TEST_F(GenerationTest, knows_the_task_that_it_was_given_though_the_answer_does_not_name_it) {
  attach();
  task_ = [this](int) {
    return R"({"status":"completed","result_url":")" + server_.url("/clip.mp4") + "\"}";
  };
  Generation generation(settings_, listener());
  run(generation);
  EXPECT_EQ(generation.task().task_id, "vid_1");
}

TEST_F(GenerationTest, fetches_a_task_without_a_store) {
  attach();
  settings_.set("store", directory_.path().string());
  run();
  EXPECT_THAT(warnings_, Contains(HasSubstr("the store failed")));
}

TEST_F(GenerationTest, gives_a_clip_before_the_store_has_recorded_that_its_task_is_completed) {
  std::optional<Database> other;
  std::optional<Transaction> lock;
  on_event_ = [&](const GenerationEvent&, const Task* task) {
    if (other || task == nullptr || task->status != TaskStatus::Completed) return;
    other.emplace(store_, store_, WaitTimeout(1));
    lock.emplace(*other, Transaction::Kind::Write);
  };
  Generation generation(settings_, listener());
  generation.run();
  ASSERT_TRUE(lock);
  std::array<char, 8> bytes{};
  EXPECT_EQ(generation.read_at(0, bytes), bytes.size());
  lock.reset();
  generation.wait_complete();
  generation.set_delivered();
  EXPECT_THAT(recorded(), ElementsAre(IntentState::Delivered));
  EXPECT_THAT(warnings_, Not(Contains(HasSubstr("the store failed"))))
      << "it has waited for the other, and run() has not";
}

TEST_F(GenerationTest, asks_again_for_the_clip_of_a_task_that_is_not_completed_after_all) {
  attach();
  task_ = [this](int question) {
    return question == 1 ? status("completed") : question == 2 ? status("running") : completed();
  };
  run();
  EXPECT_EQ(questions_, 3);
}

TEST_F(GenerationTest, claims_no_refund_that_the_service_has_not_reported) {
  attach();
  task_ = [](int question) { return status(question == 1 ? "completed" : "expired"); };
  const Error error = test::error_of([&] { run(); });
  EXPECT_EQ(error.kind, ErrorKind::TaskFailed);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_THAT(error.message, HasSubstr("not yet confirmed"));
}

TEST_F(GenerationTest, leaves_a_purchase_to_the_run_that_works_on_it) {
  std::atomic<bool> is_completed = false;
  task_ = [&](int) { return is_completed ? completed() : status("running"); };
  Settings buying = settings_;
  buying.set("poll_interval", "60");
  Generation buyer(buying, {});
  std::thread running(
      [&] { EXPECT_EQ(test::error_of([&] { buyer.run(); }).kind, ErrorKind::Cancelled); });
  while (questions_ == 0) std::this_thread::sleep_for(1ms);
  is_completed = true;
  attach();
  run();
  EXPECT_THAT(recorded(), ElementsAre(IntentState::Created));
  buyer.cancel();
  running.join();
}

TEST_F(GenerationTest, records_the_clip_of_a_purchase_that_nobody_works_on) {
  task_ = [](int) { return status("running"); };
  EXPECT_EQ(cancelled_at(TaskStatus::Running).charge, Charge::Announced);
  EXPECT_THAT(recorded(), ElementsAre(IntentState::Created));
  task_ = [this](int) { return completed(); };
  attach();
  settings_.set("reuse", "always");
  run();
  EXPECT_THAT(recorded(), ElementsAre(IntentState::Delivered));
  EXPECT_EQ(seen("POST"), 1);
}

TEST_F(GenerationTest, is_charged_for_a_clip_when_cancelled_after_the_completion) {
  settings_.set("on_stop", "delete");
  const Error error = cancelled_at(TaskStatus::Completed);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_THAT(error.next_step, HasSubstr("task_id=vid_1"));
  EXPECT_EQ(seen("DELETE"), 0);
  EXPECT_THAT(recorded(), ElementsAre(IntentState::Created));
}

TEST_F(GenerationTest, deletes_no_task_when_cancelled_before_it_has_one) {
  settings_.set("on_stop", "delete");
  Generation generation(settings_, listener());
  generation.cancel();
  const Error error = test::error_of([&] { generation.run(); });
  EXPECT_EQ(error.kind, ErrorKind::Cancelled);
  EXPECT_EQ(error.charge, Charge::None);
  EXPECT_THAT(server_.seen(), IsEmpty());
}

TEST_F(GenerationTest, deletes_a_task_when_it_is_stopped_whatever_the_store_knows_of_it) {
  attach();
  settings_.set("on_stop", "delete");
  task_ = [](int) { return status("running"); };
  EXPECT_EQ(cancelled_at(TaskStatus::Running).charge, Charge::Announced) << "not in the store";
  settings_.set("store", directory_.path().string());
  EXPECT_EQ(cancelled_at(TaskStatus::Running).charge, Charge::Announced) << "there is none";
  EXPECT_EQ(seen("DELETE"), 2);
}

TEST_F(GenerationTest, says_that_a_task_runs_on_which_could_not_be_deleted) {
  attach();
  settings_.set("on_stop", "delete");
  delete_status_ = 500;
  task_ = [](int) { return status("running"); };
  const Error error = cancelled_at(TaskStatus::Running);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_THAT(error.next_step, HasSubstr("task_id=vid_1"));
  EXPECT_THAT(warnings_, Contains(HasSubstr("task vid_1 could not be deleted")));
}

TEST_F(GenerationTest, says_so_where_the_clip_of_the_cache_can_not_be_read) {
  settings_.set("reuse", "always");
  run();
  std::string cached;
  {
    Generation again(settings_, listener());
    run(again);
    cached = again.clip().path();
  }
  ASSERT_EQ(seen("POST"), 1) << "the second time it came from the cache";
  std::filesystem::remove(cached);
  std::filesystem::create_directory(cached);
  const Error error = test::error_of([&] { run(); });
  std::filesystem::remove(cached);
  EXPECT_EQ(error.kind, ErrorKind::File);
  EXPECT_THAT(error.message, HasSubstr(cached));
  EXPECT_EQ(seen("POST"), 1);
}

TEST_F(GenerationTest, fetches_a_kept_clip_again_that_was_damaged) {
  settings_.set("reuse", "always");
  run();
  std::string cached;
  {
    Generation again(settings_, listener());
    run(again);
    cached = again.clip().path();
  }
  ASSERT_EQ(seen("POST"), 1) << "the second time it came from the cache";
  test::write_file(cached, "<html>another page</html>");
  Generation generation(settings_, listener());
  run(generation);
  EXPECT_THAT(warnings_, Contains(HasSubstr("damaged")));
  EXPECT_EQ(generation.clip().size(), static_cast<std::int64_t>(clip_.size()));
}

class Thumbnail : public GenerationTest {
 protected:
  Thumbnail() { attach(); }

  // What fetching it into so many bytes fails with: nothing about money, and no harm to the clip.
  std::string failure(std::size_t size) {
    GenerationTimeouts timeouts;
    timeouts.thumbnail_stall = Seconds(1);
    Generation generation(settings_, listener(), timeouts);
    run(generation);
    std::string buffer(size, '\0');
    const Error error = test::error_of([&] { generation.thumbnail(buffer); });
    EXPECT_EQ(error.kind, ErrorKind::Network);
    EXPECT_EQ(error.charge, Charge::None);
    EXPECT_EQ(test::read_file(generation.clip().path()), clip_);
    return error.message;
  }
};

TEST_F(Thumbnail, reports_its_absence_with_the_status) {
  thumbnail_ = [](test::LocalServer&, SoupServerMessage* message) {
    test::answer(message, 404, "text/plain", "");
  };
  EXPECT_THAT(failure(1000), HasSubstr("404"));
}

TEST_F(Thumbnail, is_absent_when_larger_than_its_buffer) {
  thumbnail_ = [](test::LocalServer&, SoupServerMessage* message) {
    test::answer(message, 200, "image/jpeg", std::string(1001, 'x'));
  };
  EXPECT_THAT(failure(1000), HasSubstr("too large"));
}

TEST_F(Thumbnail, is_not_waited_for_long_when_it_stops_in_the_middle) {
  std::shared_ptr<test::LaterAnswer> later;
  thumbnail_ = [&](test::LocalServer& server, SoupServerMessage* message) {
    later = server.answer_later(message, "image/jpeg");
    later->write("half");
  };
  EXPECT_THAT(failure(1000), HasSubstr("nothing comes"));
}

}  // namespace
}  // namespace airforce
