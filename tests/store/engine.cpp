// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "store/sqlite_db.h"
#ifdef AIRFORCE_HAVE_REDIS
#include "redis_server.h"
#include "store/redis_connection.h"
#endif

namespace airforce::testing {
namespace {

class SqliteEngine final : public Engine {
 public:
  std::string where() const override { return directory_.file("state/store.sqlite"); }
  void expect_sound() const override {
    if (!std::filesystem::exists(where())) return;
    Database database(where(), where() + ".owners", WaitTimeout(5));
    EXPECT_EQ(database.text("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(database.integer("SELECT count(*) FROM pragma_foreign_key_check"), 0);
  }
};

#ifdef AIRFORCE_HAVE_REDIS
class RedisEngine final : public Engine {
 public:
  explicit RedisEngine(const std::string& program) : server_(program) {}
  std::string where() const override { return server_.uri(); }
  // All keys are ours and none lives for ever.
  void expect_sound() const override {
    RedisConnection connection(RedisAddress(where()), WaitTimeout(5));
    for (const auto& key : connection.command({"KEYS", "*"}).texts()) {
      EXPECT_TRUE(key.starts_with("airforce-video:")) << key;
      EXPECT_NE(connection.command({"TTL", key}).integer(), -1) << key;
    }
  }
  void notice_death() const override {
    std::this_thread::sleep_for(std::chrono::duration<double>(kTestLeaseSeconds + 0.1));
  }
  int kill_rounds() const override { return 6; }

 private:
  RedisServer server_;
};
#endif

}  // namespace

std::unique_ptr<ClipCache> Engine::cache(std::int64_t limit) const {
  return std::make_unique<ClipCache>(cache_directory(), limit);
}

std::unique_ptr<Store> Engine::open(const Clock& clock) const {
  return open_store(where(), cache(), clock);
}

std::vector<EngineKind> engines() {
  std::vector<EngineKind> kinds = {{"sqlite", [] { return std::make_unique<SqliteEngine>(); }}};
#ifdef AIRFORCE_HAVE_REDIS
  for (const auto& program : redis_programs()) {
    const std::string name = std::filesystem::path(program).filename();
    kinds.push_back({name.substr(0, name.find('-')),
                     [program] { return std::make_unique<RedisEngine>(program); }});
  }
#endif
  return kinds;
}

}  // namespace airforce::testing
