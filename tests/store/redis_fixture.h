// SPDX-License-Identifier: LGPL-2.1-or-later
// A Redis of the test's own, and stores on it.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine.h"
#include "redis_server.h"
#include "store/redis_connection.h"

namespace airforce::testing {

class RedisEngineAt final : public Engine {
 public:
  explicit RedisEngineAt(std::string where) : where_(std::move(where)) {}
  std::string where() const override { return where_; }

 private:
  std::string where_;
};

class RedisStore : public ::testing::Test {
 protected:
  void SetUp() override {
    if (redis_programs().empty())
      GTEST_SKIP() << "neither redis-server nor valkey-server is installed";
  }

  RedisServer& start(std::vector<std::string> arguments = {}, const std::string& user_info = {}) {
    server_ = std::make_unique<RedisServer>(redis_programs().front(), std::move(arguments));
    engine_ = std::make_unique<RedisEngineAt>(server_->uri(user_info));
    return *server_;
  }
  std::unique_ptr<Store> open() const { return engine_->open(system_clock()); }
  std::unique_ptr<Store> open_at(const std::string& where) const {
    return RedisEngineAt(where).open(system_clock());
  }
  RedisReply run_in_engine(const std::vector<std::string>& words,
                           const std::string& user = {}) const {
    return RedisConnection(RedisAddress(server_->uri(user)), WaitTimeout(5)).command(words);
  }
  static std::int64_t created(Store& store, const std::string& name) {
    const auto id = store.claim(request_named(name), Reusable::Nothing).intent.id;
    EXPECT_EQ(store.take_slot(id, 4), 0);
    store.sending(id, 0);
    store.created(id, "task-" + name, 0, 1);
    return id;
  }
  // How many intents somebody living works on.
  static auto owned(Store& store) {
    const auto intents = store.intents("account", 100);
    return std::count_if(intents.begin(), intents.end(),
                         [](const Intent& each) { return each.owned; });
  }
  template <typename Condition>
  static bool soon(Condition condition) {
    for (int tries = 0; tries < 1000; ++tries) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<RedisEngineAt> engine_;
};

}  // namespace airforce::testing
