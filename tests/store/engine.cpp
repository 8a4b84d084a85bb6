// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "store/sqlite_db.h"

namespace airforce::testing {
namespace {

class SqliteEngine final : public Engine {
 public:
  std::string where() const override { return directory_.file("state/store.sqlite"); }
  void expect_sound() const override {
    if (!std::filesystem::exists(where())) return;
    Database database(where(), where() + ".owners", 5000);
    EXPECT_EQ(database.text("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(database.integer("SELECT count(*) FROM pragma_foreign_key_check"), 0);
  }
};

}  // namespace

std::unique_ptr<ClipCache> Engine::cache(std::int64_t limit) const {
  return std::make_unique<ClipCache>(cache_directory(), limit);
}

std::unique_ptr<Store> Engine::open(const Clock& clock) const {
  return open_store(where(), cache(), clock);
}

std::vector<EngineKind> engines() {
  return {{"sqlite", [] { return std::make_unique<SqliteEngine>(); }}};
}

}  // namespace airforce::testing
