// SPDX-License-Identifier: LGPL-2.1-or-later
// Films against the simulator.
#include "film/film.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "support/simulator.h"
#include "support/temp_dir.h"

namespace airforce {
namespace {

using testing::HasSubstr;

constexpr double kTaskSeconds = 1;

// A picture of one pixel.
std::string picture() {
  const std::string text =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
      "gg==";
  gsize size = 0;
  const GCharPtr bytes(reinterpret_cast<char*>(g_base64_decode(text.c_str(), &size)));
  return {bytes.get(), size};
}

class FilmTest : public testing::Test {
 protected:
  FilmTest() {
    std::ofstream(clip_) << test::fake_clip(20000);
    simulator_.emplace(std::vector<std::string>{"--task-seconds", std::to_string(kTaskSeconds),
                                                "--clip", clip_, "--quiet"});
    settings_.set("base_url", simulator_->base_url());
    settings_.set("api_key", simulator_->key());
    settings_.set("store", (directory_.path() / "store.sqlite").string());
    settings_.set("model", "wan-2.6");
    settings_.set("reuse", "always");
    settings_.set("poll_interval", "0.1");
    options_.name = "film.txt";
    options_.last_frame = [](std::size_t, Generation&) { return picture(); };
    options_.complete = [this](std::size_t, Generation& generation) {
      generation.set_delivered();
      ++completed_;
      return true;
    };
  }

  Film film(const std::string& storyboard) {
    return {parse_storyboard(storyboard, settings_), settings_, options_};
  }

  void run(Film& film) {
    film.start([](const FilmEvent&) {});
    film.wait();
  }

  const test::TempDir directory_;
  const std::string clip_ = (directory_.path() / "clip.mp4").string();
  std::optional<test::Simulator> simulator_;
  Settings settings_;
  FilmOptions options_;
  std::atomic<int> completed_ = 0;
};

std::string twelve_shots() {
  std::string text;
  for (int i = 1; i <= 12; ++i) {
    text += "{\"prompt\": \"shot " + std::to_string(i) + "\"";
    text += i % 3 == 0 ? ", \"continue\": true}\n" : "}\n";
  }
  return text;
}

TEST_F(FilmTest, makes_each_shot_once_within_a_tenth_of_perfect_packing) {
  Film twelve = film(twelve_shots());
  const auto begin = std::chrono::steady_clock::now();
  run(twelve);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(completed_, 12);
  EXPECT_EQ(simulator_->count("creates"), 12);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(twelve.status(i).state, ShotState::Delivered);
  RecordProperty("seconds", std::to_string(took.count()));
  // Three rounds; the tenth is held where a task takes minutes, not a second.
  EXPECT_LT(took.count(), 3 * kTaskSeconds + 3);
}

TEST_F(FilmTest, buys_only_what_is_missing_when_it_is_run_again) {
  const std::string storyboard = "a fox\na fox\na hen\n";
  simulator_->add_fault("task:failed,after=1,times=1");
  options_.jobs = 1;
  std::string kept;
  {
    Film first = film(storyboard);
    run(first);
    kept = first.status(0).task_id;
    EXPECT_EQ(first.status(1).state, ShotState::Failed);
    EXPECT_EQ(first.status(2).state, ShotState::Skipped);
    EXPECT_THAT(test::text_of_error([&] { first.open(2); }),
                HasSubstr("shot 3 was not made, because shot 2 failed: "));
  }
  EXPECT_EQ(simulator_->count("creates"), 2);
  Film second = film(storyboard);
  run(second);
  EXPECT_EQ(simulator_->count("creates"), 4);
  EXPECT_EQ(second.status(0).task_id, kept);
  EXPECT_NE(second.status(0).task_id, second.status(1).task_id);
}

TEST_F(FilmTest, sends_a_locked_account_one_create_whatever_failures_may_be_skipped) {
  for (const OnShotError on_error : {OnShotError::Stop, OnShotError::Skip}) {
    simulator_.emplace(
        std::vector<std::string>{"--quiet", "--fault", "create:error=account_temporarily_locked"});
    settings_.set("base_url", simulator_->base_url());
    settings_.set("timeout", "10");  // the service locks for longer
    options_.on_error = on_error;
    Film locked = film(twelve_shots());
    run(locked);
    EXPECT_EQ(simulator_->requests("create"), 1);
    for (std::size_t i = 0; i < 12; ++i) EXPECT_NE(locked.status(i).state, ShotState::Delivered);
  }
}

TEST_F(FilmTest, pauses_for_all_shots_when_the_service_asks_one_for_a_pause) {
  simulator_->add_fault("create:status=429,retry-after=2,times=1");
  Film four = film("1\n2\n3\n4\n");
  run(four);
  EXPECT_EQ(simulator_->count("creates"), 4);
  EXPECT_EQ(simulator_->requests("create"), 5);
}

TEST_F(FilmTest, buys_nothing_where_the_whole_exceeds_the_ceiling) {
  settings_.set("max_cost_cents", "250");
  Film three = film("1\n2\n3\n");
  EXPECT_THAT(test::text_of_error([&] { three.start({}); }, ErrorKind::Budget),
              HasSubstr("the 3 shots cost"));
  EXPECT_EQ(simulator_->count("creates"), 0);
}

TEST_F(FilmTest, counts_what_will_be_bought_against_its_ceiling_and_no_paid_shot) {
  const std::string two = "{\"prompt\": \"1\"}\n{\"prompt\": \"2\", \"continue\": true}\n";
  for (const char* reuse : {"unfinished", "always"}) {
    settings_.set("reuse", reuse);
    // With reuse=unfinished they are paid for until they are delivered.
    const bool is_delivered = std::string(reuse) == "always";
    options_.complete = [is_delivered](std::size_t, Generation& generation) {
      if (is_delivered) generation.set_delivered();
      return true;
    };
    {
      Film first = film(two);
      run(first);
    }
    const std::int64_t creates = simulator_->count("creates");
    settings_.set("max_cost_cents", "150");
    EXPECT_THAT(test::text_of_error(
                    [&] { film(two + "{\"prompt\": \"3\"}\n{\"prompt\": \"4\"}\n").start({}); },
                    ErrorKind::Budget),
                HasSubstr("the 4 shots cost 400 cents without the 2 that are paid for"));
    settings_.set("max_cost_cents", "250");
    Film three = film(two + "{\"prompt\": \"new " + reuse + "\"}\n");
    EXPECT_EQ(three.plan().total_cents, 200);
    EXPECT_EQ(three.price(0)->cents, 0);
    EXPECT_EQ(three.price(1)->cents, 0);
    run(three);
    EXPECT_EQ(three.status(2).state, ShotState::Delivered);
    EXPECT_EQ(simulator_->count("creates"), creates + 1);
    settings_.reset("max_cost_cents");
  }
}

TEST_F(FilmTest, buys_paid_shots_whose_tasks_failed_as_far_as_its_ceiling_allows) {
  settings_.set("reuse", "unfinished");
  options_.on_error = OnShotError::Skip;
  simulator_->add_fault("task:failed,times=2");
  {
    Film first = film("1\n2\n");
    first.start([](const FilmEvent&) {});
    while (first.status(0).task_id.empty() || first.status(1).task_id.empty()) g_usleep(10'000);
    first.cancel();
  }
  while (simulator_->count("in_flight") > 0) g_usleep(10'000);
  settings_.set("max_cost_cents", "250");
  Film again = film("1\n2\n");
  EXPECT_EQ(again.plan().total_cents, 0);
  run(again);
  EXPECT_EQ(simulator_->count("creates"), 3);
  EXPECT_EQ(completed_, 1);
}

TEST_F(FilmTest, continues_after_a_failed_shot_if_asked) {
  simulator_->add_fault("task:failed,times=1");
  options_.on_error = OnShotError::Skip;
  options_.jobs = 1;
  Film three =
      film("{\"prompt\": \"1\"}\n{\"prompt\": \"2\", \"continue\": true}\n{\"prompt\": \"3\"}\n");
  run(three);
  EXPECT_EQ(three.status(0).state, ShotState::Failed);
  EXPECT_EQ(three.status(1).state, ShotState::Skipped);
  EXPECT_EQ(three.status(2).state, ShotState::Delivered);
}

TEST_F(FilmTest, opens_a_delivered_shot_again_for_no_new_charge) {
  options_.complete = nullptr;
  Film two = film("1\n2\n");
  two.start([](const FilmEvent&) {});
  const std::string task = two.open(0)->task().task_id;
  two.open(0)->wait_complete();
  two.set_delivered(0);
  EXPECT_EQ(two.open(0)->task().task_id, task);
  two.open(1);
  EXPECT_EQ(simulator_->count("creates"), 2);
}

TEST_F(FilmTest, shares_each_shot_with_an_equal_film_that_is_open) {
  settings_.set("reuse", "unfinished");
  const std::string storyboard =
      "{\"prompt\": \"a fox\"}\n{\"prompt\": \"a fox\"}\n{\"prompt\": \"a hen\", \"continue\": "
      "true}\n";
  Film first = film(storyboard);
  Film second = film(storyboard);
  first.start([](const FilmEvent&) {});
  run(second);
  first.wait();
  EXPECT_EQ(completed_, 6);
  EXPECT_EQ(simulator_->count("creates"), 3);
  // All shots of both are delivered and closed by now.
  Film third = film(storyboard);
  run(third);
  EXPECT_EQ(completed_, 9);
  EXPECT_EQ(simulator_->count("creates"), 3);
  EXPECT_EQ(third.status(0).task_id, first.status(0).task_id);
}

TEST_F(FilmTest, buys_again_once_an_equal_film_is_closed) {
  settings_.set("reuse", "unfinished");
  for (const int purchases : {2, 4}) {
    Film two = film("1\n2\n");
    run(two);
    EXPECT_EQ(simulator_->count("creates"), purchases);
  }
}

TEST_F(FilmTest, is_cancelled_at_once) {
  Film two = film("1\n2\n");
  two.start([](const FilmEvent&) {});
  two.cancel();
  two.wait();
  EXPECT_THROW(two.open(0), Error);
}

TEST_F(FilmTest, ends_a_wait_for_a_shot_that_is_cancelled) {
  Film two = film("1\n2\n");
  const GObjectPtr<GCancellable> cancellable(g_cancellable_new());
  g_cancellable_cancel(cancellable.get());
  EXPECT_EQ(test::error_of([&] { two.open(0, cancellable.get()); }).kind, ErrorKind::Cancelled);
}

}  // namespace
}  // namespace airforce
