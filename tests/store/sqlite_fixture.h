// SPDX-License-Identifier: LGPL-2.1-or-later
// A store in a file of a test's own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "given.h"
#include "store/open_store.h"

namespace airforce::testing {

class SqliteStore : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open() const { return open_at(file_); }
  std::unique_ptr<Store> open_at(const std::string& path) const {
    return open_store(path, std::make_unique<ClipCache>(directory_.file("clips"), 0), clock_);
  }
  std::int64_t created(Store& store, const std::string& name) const {
    const auto id = store.claim(request_named(name), Reusable::Nothing).intent.id;
    EXPECT_EQ(store.take_slot(id, 4), 0);
    store.sending(id, 0);
    store.created(id, "task-" + name, clock_.unix_seconds + 86400, 1);
    return id;
  }
  void damage() const {
    std::string content = read_file(file_);
    ASSERT_GT(content.size(), 8192u);
    content.replace(4096, 4096, std::string(4096, 'x'));
    write_file_from_outside(file_, content);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(state_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  TempDir directory_;
  GivenClock clock_;
  const std::filesystem::path state_ = directory_.path() / "a" / "b";
  const std::string file_ = state_ / "store.sqlite";
};

}  // namespace airforce::testing
