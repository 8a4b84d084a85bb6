// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/guarded.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace airforce {
namespace {

TEST(Guarded, lets_one_thread_at_the_data_at_a_time) {
  Guarded<int> count(0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) ++*count.lock();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*count.lock(), 40'000);
}

TEST(Guarded, waits_until_another_thread_has_changed_the_data) {
  Guarded<bool> done(false);
  std::condition_variable changed;
  std::thread other([&] {
    *done.lock() = true;
    changed.notify_all();
  });
  auto lock = done.lock();
  lock.wait(changed, [&] { return *lock; });
  EXPECT_TRUE(*lock);
  lock.unlocked([&] { other.join(); });
}

}  // namespace
}  // namespace airforce
