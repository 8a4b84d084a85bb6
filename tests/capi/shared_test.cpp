// SPDX-License-Identifier: LGPL-2.1-or-later
// Those in one process who ask for the same clip share its purchase while they are open.
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "airforce-video.h"
#include "support/simulator.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

struct FreeShared {
  void operator()(AirforceGeneration* generation) const { airforce_generation_free(generation); }
};
using SharedPtr = std::unique_ptr<AirforceGeneration, FreeShared>;

class SharedGenerations : public testing::Test {
 protected:
  SharedGenerations() {
    setenv("XDG_CACHE_HOME", directory_.file("cache").c_str(), 1);
    setenv("AIRFORCE_HISTORY", "off", 1);
    const std::string store = directory_.file("store.sqlite");
    for (const auto& [name, value] :
         {std::pair("base_url", simulator_.base_url()), std::pair("api_key", simulator_.key()),
          std::pair("store", store), std::pair("model", std::string("ltx-mini")),
          std::pair("prompt", std::string("a fox")), std::pair("reuse", std::string("always"))})
      EXPECT_EQ(airforce_settings_set(settings_.get(), name, value.c_str(), nullptr), 0) << name;
  }

  void set(const char* name, const std::string& value) {
    EXPECT_EQ(airforce_settings_set(settings_.get(), name, value.c_str(), nullptr), 0) << name;
  }

  SharedPtr open(AirforceEventFunc func = nullptr, void* user_data = nullptr) const {
    return SharedPtr(airforce_generation_get_shared(settings_.get(), func, user_data));
  }

  static int http_status_of_run(const SharedPtr& generation) {
    AirforceError* error = nullptr;
    if (airforce_generation_run(generation.get(), &error) == 0) return 200;
    const int status = airforce_error_http_status(error);
    EXPECT_NE(status, 200) << airforce_error_message(error);
    airforce_error_free(error);
    return status;
  }

  static std::string task_id(const SharedPtr& generation) {
    const AirforceTask* task = airforce_generation_task(generation.get());
    return task != nullptr ? task->task_id : "";
  }

  static std::string clip(const SharedPtr& generation) {
    std::string bytes(1 << 20, '\0');
    const auto size =
        airforce_generation_read_at(generation.get(), 0, bytes.data(), bytes.size(), nullptr);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }

  void play(const SharedPtr& generation) {
    ASSERT_EQ(http_status_of_run(generation), 200);
    ASSERT_EQ(airforce_generation_wait_complete(generation.get(), nullptr), 0);
    airforce_generation_set_delivered(generation.get());
  }

  const TempDir directory_;
  const std::string clip_ = fake_clip(50 * 1024);
  const Simulator simulator_{
      {"--task-seconds", "0.2", "--clip", directory_.write("served.mp4", clip_)}};
  const std::unique_ptr<AirforceSettings, decltype(&airforce_settings_free)> settings_{
      airforce_settings_new(), airforce_settings_free};
};

TEST_F(SharedGenerations, make_one_purchase_whatever_else_their_settings_say) {
  set("reuse", "unfinished");
  const SharedPtr first = open();
  set("max_cost_cents", "0");  // of a purchase, and there is none
  set("timeout", "300");
  set("poll_interval", "0.5");
  set("location", directory_.file("kept.mp4"));
  const SharedPtr second = open();
  EXPECT_EQ(http_status_of_run(first), 200);
  EXPECT_EQ(http_status_of_run(second), 200);
  EXPECT_EQ(task_id(first), task_id(second));
  EXPECT_EQ(clip(first), clip_);
  EXPECT_EQ(clip(second), clip_);
  EXPECT_EQ(simulator_.count("creates"), 1);
}

TEST_F(SharedGenerations, run_at_the_same_time_in_their_users_threads) {
  set("reuse", "unfinished");
  std::vector<SharedPtr> all(5);
  std::vector<std::thread> threads;
  for (SharedPtr& generation : all) {
    generation = open();
    threads.emplace_back([&] { EXPECT_EQ(http_status_of_run(generation), 200); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const SharedPtr& generation : all) EXPECT_EQ(clip(generation), clip_);
  EXPECT_EQ(simulator_.count("creates"), 1);
}

TEST_F(SharedGenerations,
       leave_the_next_order_to_buy_once_one_of_them_was_played_and_all_are_closed) {
  set("reuse", "unfinished");
  {
    const SharedPtr buyer = open();
    ASSERT_EQ(http_status_of_run(buyer), 200);
    play(open());
  }
  play(open());
  EXPECT_EQ(simulator_.count("creates"), 2);
}

TEST_F(SharedGenerations, keep_the_clip_of_a_task_that_one_of_them_deletes) {
  set("reuse", "unfinished");
  const SharedPtr first = open();
  ASSERT_EQ(http_status_of_run(first), 200);
  set("delete_task", "true");
  const SharedPtr second = open();
  play(second);
  play(first);
  const SharedPtr late = open();
  play(late);
  EXPECT_EQ(clip(late), clip_);
  EXPECT_EQ(simulator_.count("creates"), 1);
}

TEST_F(SharedGenerations, share_a_shot_of_a_film) {
  set("reuse", "unfinished");
  const char* const prompts[] = {"a hen", "a fox", nullptr};
  ASSERT_EQ(airforce_settings_set(settings_.get(), "prompt", nullptr, nullptr), 0);
  const std::unique_ptr<AirforceFilm, decltype(&airforce_film_free)> film(
      airforce_film_new_from_prompts(settings_.get(), prompts, 0, nullptr), airforce_film_free);
  ASSERT_NE(film, nullptr);
  ASSERT_EQ(airforce_film_start(film.get(), nullptr, nullptr, nullptr), 0);
  const SharedPtr shot(airforce_film_shot_generation(film.get(), 1));
  EXPECT_EQ(http_status_of_run(shot), 200);
  set("prompt", "a fox");
  const SharedPtr single = open();
  EXPECT_EQ(http_status_of_run(single), 200);
  EXPECT_EQ(task_id(single), task_id(shot));
  EXPECT_EQ(simulator_.count("creates"), 2);
}

TEST_F(SharedGenerations, share_a_failure_with_nobody_who_comes_later) {
  simulator_.add_fault("create:status=402,times=1");
  const SharedPtr first = open();
  EXPECT_EQ(http_status_of_run(first), 402);
  const SharedPtr later = open();  // the other is still open
  EXPECT_EQ(http_status_of_run(later), 200);
  const SharedPtr last = open();
  EXPECT_EQ(http_status_of_run(last), 200);
  EXPECT_EQ(simulator_.count("creates"), 1);
}

}  // namespace
}  // namespace airforce::test
