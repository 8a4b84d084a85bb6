// SPDX-License-Identifier: LGPL-2.1-or-later
// What the SQLite store promises beyond what every store does: its bounds, its faults.
#include <csignal>
#include <fstream>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "given.h"
#include "sqlite_fixture.h"
#include "store/open_store.h"
#include "store/owner_locks.h"
#include "store/sqlite_db.h"
#include "store_error.h"

namespace airforce::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(SqliteStore, forgets_what_has_long_been_gone_from_the_service) {
  {
    const auto store = open();
    store->settle(created(*store, "fox"), IntentState::Delivered);
    store->settle(created(*store, "hare"), IntentState::Failed);
  }
  clock_.advance(24 * 3600 + 47 * 3600);
  {
    const auto store = open();
    store->claim(request_named("vole"), Reusable::Unfinished);
    EXPECT_EQ(store->intents("account", 10).size(), 3u);
  }
  clock_.advance(2 * 3600);
  const auto store = open();
  store->claim(request_named("vole"), Reusable::Unfinished);
  EXPECT_EQ(store->intents("account", 10).size(), 1u);
}

TEST_F(SqliteStore, forgets_no_unfinished_purchase_because_a_clock_was_set) {
  created(*open(), "fox");
  clock_.unix_seconds += 400 * 86'400;  // as where a machine without a battery learns the time
  clock_.elapsed_seconds = 5;           // started again
  const Claim claim = open()->claim(request_named("fox"), Reusable::Unfinished);
  EXPECT_EQ(claim.kind, Claim::Kind::Resume);
  EXPECT_EQ(claim.intent.task_id, "task-fox");
}

TEST_F(SqliteStore, prunes_while_it_stays_open) {
  const auto store = open();
  store->settle(created(*store, "fox"), IntentState::Delivered);
  clock_.advance(73 * 3600);
  store->claim(request_named("vole"), Reusable::Unfinished);
  EXPECT_FALSE(store->knows_task("account", "task-fox"));
}

TEST_F(SqliteStore, counts_the_task_of_a_dead_owner_no_longer_than_it_may_run) {
  created(*open(), "fox");
  const auto store = open();
  const auto mine = store->claim(request_named("mine"), Reusable::Unfinished).intent.id;
  clock_.advance(kOrphanSlotSeconds - 1);
  EXPECT_EQ(store->take_slot(mine, 1), 1);
  clock_.advance(1);
  EXPECT_EQ(store->take_slot(mine, 1), 0);
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Unfinished).kind, Claim::Kind::Resume);
}

TEST_F(SqliteStore, lets_others_overtake_a_waiter_that_does_not_ask) {
  const auto stopped = open();
  const auto store = open();
  const auto holder = store->claim(request_named("holder"), Reusable::Nothing).intent.id;
  EXPECT_EQ(store->take_slot(holder, 1), 0);
  const auto first = stopped->claim(request_named("first"), Reusable::Nothing).intent.id;
  EXPECT_EQ(stopped->take_slot(first, 1), 1);
  const auto second = store->claim(request_named("second"), Reusable::Nothing).intent.id;
  EXPECT_EQ(store->take_slot(second, 1), 2);

  clock_.advance(kStaleWaiterSeconds + 1);
  EXPECT_EQ(store->take_slot(second, 1), 1);
  EXPECT_EQ(stopped->take_slot(first, 1), 1) << "it is back, and keeps its place";
  EXPECT_EQ(store->take_slot(second, 1), 2);
  store->free_slot(holder);
  EXPECT_EQ(store->take_slot(second, 1), 2);
  EXPECT_EQ(stopped->take_slot(first, 1), 0);
}

TEST_F(SqliteStore, is_not_confused_by_a_clock_that_is_set_back) {
  created(*open(), "fox");
  clock_.unix_seconds -= 7 * 86400;
  const auto store = open();
  const auto mine = store->claim(request_named("mine"), Reusable::Unfinished).intent.id;
  EXPECT_EQ(store->take_slot(mine, 1), 0);
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Unfinished).kind, Claim::Kind::Resume);
}

TEST_F(SqliteStore, says_what_is_wrong_with_a_directory_that_it_cannot_use) {
  write_file(directory_.file("file"), "");
  EXPECT_THAT(
      store_error([&] { open_at(directory_.file("file") + "/store.sqlite"); }),
      AllOf(HasSubstr("can't be"), HasSubstr("Not a directory"), HasSubstr("name another store")));
  EXPECT_THAT(store_error([&] { open_at("/proc/store.sqlite"); }), HasSubstr("/proc/store.sqlite"));
}

TEST_F(SqliteStore, says_that_a_directory_is_not_writable) {
  std::filesystem::create_directories(state_);
  chmod(state_.c_str(), 0500);
  chmod(directory_.path().c_str(), 0755);
  chmod(directory_.file("a").c_str(), 0755);
  // Root may write anywhere, so whoever runs the tests as root tries as nobody.
  EXPECT_EXIT(
      {
        if (geteuid() == 0) {
          chmod(state_.c_str(), 0555);
          if (setuid(65534) != 0) _exit(2);
        }
        const std::string text = store_error([&] { open(); });
        std::fprintf(stderr, "%s\n", text.c_str());
        _exit(0);
      },
      ::testing::ExitedWithCode(0), "Permission denied");
}

// What cannot be written is written later, and a purchase that cannot be announced is not made.
TEST_F(SqliteStore, keeps_the_facts_of_a_purchase_while_the_disk_is_full) {
  const auto store = open();
  const auto fox = created(*store, "fox");
  const auto hare = store->claim(request_named("hare"), Reusable::Nothing).intent.id;
  store->sending(hare, 0);
  const auto vole = store->claim(request_named("vole"), Reusable::Nothing).intent.id;

  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit all{};
  getrlimit(RLIMIT_FSIZE, &all);
  const rlimit none{0, all.rlim_max};
  setrlimit(RLIMIT_FSIZE, &none);
  EXPECT_THAT(store_error([&] { store->sending(vole, 0); }), HasSubstr("File too large"));
  EXPECT_THAT(store_error([&] { store->created(hare, "task-hare", 0, 1); }), HasSubstr("File too"));
  EXPECT_THAT(store_error([&] { store->settle(fox, IntentState::Delivered); }),
              HasSubstr("File too"));
  setrlimit(RLIMIT_FSIZE, &all);
  std::signal(SIGXFSZ, before);

  EXPECT_EQ(store->take_slot(vole, 4), 0);  // any call that works brings them along
  const auto intents = open()->intents("account", 10);
  ASSERT_EQ(intents.size(), 3u);
  EXPECT_EQ(intents[0].state, IntentState::Claimed) << "the vole";
  EXPECT_EQ(intents[1].task_id, "task-hare");
  EXPECT_EQ(intents[2].state, IntentState::Delivered) << "the fox";
}

TEST_F(SqliteStore, tries_a_last_time_to_record_a_purchase_when_it_is_closed) {
  auto store = open();
  const auto hare = store->claim(request_named("hare"), Reusable::Nothing).intent.id;
  store->sending(hare, 0);
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit all{};
  getrlimit(RLIMIT_FSIZE, &all);
  const rlimit none{0, all.rlim_max};
  setrlimit(RLIMIT_FSIZE, &none);
  EXPECT_THAT(store_error([&] { store->created(hare, "task-hare", 0, 1); }), HasSubstr("File too"));
  setrlimit(RLIMIT_FSIZE, &all);
  std::signal(SIGXFSZ, before);
  store.reset();
  EXPECT_TRUE(open()->knows_task("account", "task-hare"));
}

TEST_F(SqliteStore, says_that_the_disk_is_full) {
  const std::string disk = directory_.file("disk");
  std::filesystem::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0) {
    GTEST_SKIP() << "mounting a small disk needs root";
  }
  {
    const auto store = open_at(disk + "/store.sqlite");
    std::ofstream(disk + "/rest") << std::string(1 << 20, 'x');  // as much as there is room for
    const std::string text = store_error([&] {
      for (int n = 0; n < 1000; ++n) store->claim(request_named("fox"), Reusable::Nothing);
    });
    EXPECT_THAT(text, AllOf(HasSubstr("full"), HasSubstr("free some space")));
    std::filesystem::remove(disk + "/rest");
    EXPECT_EQ(store->claim(request_named("fox"), Reusable::Nothing).kind, Claim::Kind::New);
  }
  umount(disk.c_str());
}

TEST(OwnerLocks, distinguishes_owners_of_one_process) {
  const TempDir directory;
  auto one = std::make_unique<OwnerLocks>(directory.file("owners"));
  const OwnerLocks two(directory.file("owners"));
  const auto id = one->become_owner();
  EXPECT_TRUE(one->lives(id));
  EXPECT_TRUE(two.lives(id));
  one.reset();
  EXPECT_FALSE(two.lives(id));
}

}  // namespace
}  // namespace airforce::testing
