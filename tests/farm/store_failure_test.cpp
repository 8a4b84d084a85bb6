// SPDX-License-Identifier: LGPL-2.1-or-later
// What a failing Redis does to a purchase: before it, nothing is bought; after it, the clip is
// delivered; and the same request, repeated, is not paid twice.
#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../store/redis_server.h"
#include "farm.h"
#include "store/redis_connection.h"
#include "support/simulator.h"
#include "support/slowness.h"

namespace airforce::test {
namespace {

using airforce::testing::redis_programs;
using airforce::testing::RedisServer;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kExitStore = 16;  // docs/command-line.md

using Words = std::vector<std::string>;

void run_in(const RedisServer& server, const Words& words) {
  RedisConnection(RedisAddress("redis+unix://" + server.socket()), WaitTimeout(5)).command(words);
}

// The server's database of the tests is the first one: `run_in` needs no more.
std::string uri(const RedisServer& server) {
  return "redis://127.0.0.1:" + std::to_string(server.port()) + "?lease_seconds=0.5";
}

struct Failure {
  std::string name;
  std::function<void(RedisServer&)> breaks;
  std::function<void(RedisServer&)> mends;
  std::string words;  // what the user sees
};

const std::vector<Failure>& failures() {
  static const std::vector<Failure> all = {
      {"unreachable", [](RedisServer& server) { server.kill(); },
       [](RedisServer& server) { server.start(); }, "Connection refused"},
      // Replaced by a new one: resumed, it might do what waits in its socket, and know after all.
      {"silent", [](RedisServer& server) { server.stop(); },
       [](RedisServer& server) {
         server.kill();
         server.start();
       },
       "no answer within"},
      {"read-only",
       [](RedisServer& server) {
         run_in(server, {"REPLICAOF", "127.0.0.1", "1"});
       },
       [](RedisServer& server) {
         run_in(server, {"REPLICAOF", "NO", "ONE"});
       },
       "is a read-only replica"},
      {"full",
       [](RedisServer& server) {
         run_in(server, {"CONFIG", "SET", "maxmemory", "1"});
       },
       [](RedisServer& server) {
         run_in(server, {"CONFIG", "SET", "maxmemory", "0"});
       },
       "has no memory left"},
      {"not-authorized",
       [](RedisServer& server) {
         RedisConnection connection(RedisAddress("redis+unix://" + server.socket()),
                                    WaitTimeout(5));
         connection.command({"CONFIG", "SET", "requirepass", "another"});
         connection.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
       },
       [](RedisServer& server) {
         RedisConnection(RedisAddress("redis+unix://:another@" + server.socket()), WaitTimeout(5))
             .command({"CONFIG", "SET", "requirepass", ""});
       },
       "wants a password"},
      {"wrong-type",
       [](RedisServer& server) {
         for (const auto* key : {"owners", "intents"}) {
           const std::string name = std::string("airforce-video:2:") + key;
           run_in(server, {"COPY", name, "kept:" + name, "REPLACE"});
           run_in(server, {"SET", name, "somebody else's"});
         }
       },
       [](RedisServer& server) {
         for (const auto* key : {"owners", "intents"}) {
           const std::string name = std::string("airforce-video:2:") + key;
           run_in(server, {"DEL", name});
           run_in(server, {"COPY", "kept:" + name, name});
         }
       },
       "has something else under the keys"},
  };
  return all;
}

// One service, one store, one user.
class Scene {
 public:
  explicit Scene(double task_seconds)
      : simulator_({"--task-seconds", std::to_string(task_seconds), "--clip",
                    scratch_.write("served.mp4", fake_clip(50 * 1024))}),
        server_(redis_programs().front(), {"--appendonly", "yes", "--appendfsync", "always"}) {}

  Command video(std::vector<std::string> arguments) const {
    Command command;
    command.arguments = {AIRFORCE_VIDEO_PATH};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.environment = simulator_.environment();
    command.environment["XDG_STATE_HOME"] = scratch_.path();
    command.environment["XDG_CACHE_HOME"] = scratch_.path();
    command.environment["AIRFORCE_STORE"] = uri(server_);
    return command;
  }
  Command generate(const std::string& clip) const {
    return video({"generate", "--model", "ltx-mini", "--output", scratch_.file(clip), "a fox"});
  }
  bool has(const std::string& clip) const { return std::filesystem::exists(scratch_.file(clip)); }
  // Returns when the service has a task and the store knows it.
  bool bought() const {
    for (int tries = 0; tries < 200; ++tries) {
      if (run(video({"list", "--local"})).output.find("created") != std::string::npos) return true;
    }
    return false;
  }
  RedisServer& server() { return server_; }
  Simulator& simulator() { return simulator_; }

 private:
  TempDir scratch_;
  Simulator simulator_;
  RedisServer server_;
};

// All failures at once, each in a scene of its own: they spend their time waiting.
void with_each_failure(const std::function<void(const Failure&)>& promise) {
  if (redis_programs().empty())
    GTEST_SKIP() << "neither redis-server nor valkey-server is installed";
  std::vector<std::future<void>> scenes;
  for (const Failure& failure : failures()) {
    scenes.push_back(std::async(std::launch::async, [&promise, &failure] {
      SCOPED_TRACE(failure.name);
      promise(failure);
    }));
  }
  for (auto& scene : scenes) scene.get();
}

TEST(StoreFailure, creates_nothing_before_a_purchase_and_says_why) {
  with_each_failure([](const Failure& failure) {
    Scene scene(0.1);
    run_in(scene.server(), {"ZADD", "airforce-video:2:owners", "0", "x"});
    failure.breaks(scene.server());
    const Finished finished = run(scene.generate("clip.mp4"));
    EXPECT_EQ(finished.exit_code, kExitStore) << finished.errors;
    EXPECT_THAT(finished.errors, AllOf(HasSubstr(failure.words), HasSubstr("nothing was charged")));
    EXPECT_EQ(scene.simulator().requests("create"), 0);

    failure.mends(scene.server());
    EXPECT_EQ(run(scene.generate("clip.mp4")).exit_code, 0) << "once it is mended";
    EXPECT_EQ(scene.simulator().count("creates"), 1);
  });
}

TEST(StoreFailure, costs_neither_the_clip_nor_a_second_purchase_after_a_purchase) {
  with_each_failure([](const Failure& failure) {
    Scene scene(1.5 * slowness() * slowness());  // all failures look at once
    Process first(scene.generate("first.mp4"));
    ASSERT_TRUE(scene.bought());
    failure.breaks(scene.server());
    const Finished finished = first.wait();
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    EXPECT_TRUE(scene.has("first.mp4"));
    EXPECT_THAT(finished.errors, AllOf(HasSubstr(failure.words),
                                       HasSubstr("does not know how this purchase ended")));

    // For all the store knows, the clip was never delivered.
    failure.mends(scene.server());
    EXPECT_EQ(run(scene.generate("again.mp4")).exit_code, 0);
    EXPECT_TRUE(scene.has("again.mp4"));
    EXPECT_EQ(scene.simulator().count("creates"), 1);
  });
}

TEST(StoreFailure, does_not_hold_up_a_user_who_gives_up) {
  if (redis_programs().empty())
    GTEST_SKIP() << "neither redis-server nor valkey-server is installed";
  Scene scene(0.1);
  scene.server().stop();
  Command command = scene.generate("clip.mp4");
  command.arguments.insert(command.arguments.begin() + 2, "--json");
  Process process(command);
  ASSERT_TRUE(process.shows("\"prepare\""));
  const auto before = std::chrono::steady_clock::now();
  process.signal(SIGINT);
  EXPECT_EQ(process.wait().exit_code, 128 + SIGINT);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(2500))
      << "an engine is waited for 3 s";
  scene.server().resume();
}

TEST(StoreFailure, is_recovered_from_when_it_is_short) {
  const std::vector<Failure> passing = {
      {"restarted",
       [](RedisServer& server) {
         server.kill();
         server.start();
       },
       {},
       ""},
      {"flushed", [](RedisServer& server) { run_in(server, {"FLUSHALL"}); }, {}, ""},
  };
  for (const Failure& failure : passing) {
    SCOPED_TRACE(failure.name);
    Scene scene(0.8 * slowness() * slowness());
    Process process(scene.generate("clip.mp4"));
    ASSERT_TRUE(scene.bought());
    failure.breaks(scene.server());
    EXPECT_EQ(process.wait().exit_code, 0);
    EXPECT_THAT(run(scene.video({"list", "--local"})).output, HasSubstr("delivered"));
    EXPECT_EQ(scene.simulator().count("creates"), 1);
  }
}

}  // namespace
}  // namespace airforce::test
