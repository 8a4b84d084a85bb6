// SPDX-License-Identifier: LGPL-2.1-or-later
// What the SQLite store promises of its file: what is done with damage, other files and other
// versions.
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "given.h"
#include "sqlite_fixture.h"
#include "store/open_store.h"
#include "store/sqlite_db.h"
#include "store/sqlite_schema.h"
#include "store_error.h"

namespace airforce::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(SqliteStore, is_readable_by_its_user_only) {
  const mode_t before = umask(0);
  const auto store = open();
  created(*store, "fox");
  umask(before);
  for (const auto& entry : std::filesystem::directory_iterator(state_)) {
    EXPECT_EQ(static_cast<unsigned>(entry.status().permissions()), 0600u) << entry.path();
  }
  EXPECT_EQ(files().size(), 4u) << "the database, -wal, -shm and the locks";
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(state_).permissions()), 0700u);
}

TEST_F(SqliteStore, takes_wider_permissions_back) {
  open();
  chmod(file_.c_str(), 0644);
  open();
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(file_).permissions()), 0600u);
}

TEST_F(SqliteStore, knows_its_owners_by_whichever_link_it_is_reached) {
  namespace fs = std::filesystem;
  const fs::path elsewhere = directory_.path() / "elsewhere";
  fs::create_directories(elsewhere);
  fs::create_symlink(file_, elsewhere / "link.sqlite");  // its target does not exist yet
  fs::create_symlink("link.sqlite", elsewhere / "link of a link");
  fs::create_directory_symlink(state_, elsewhere / "directory");
  const auto living = open_at(elsewhere / "link.sqlite");
  created(*living, "fox");
  for (const fs::path& path :
       {fs::path(file_), elsewhere / "link of a link", elsewhere / "directory" / "store.sqlite"}) {
    const auto store = open_at(path);
    EXPECT_EQ(store->claim(request_named("fox"), Reusable::Finished).kind, Claim::Kind::Wait)
        << path;
  }
  EXPECT_TRUE(fs::exists(file_ + ".owners"));
  EXPECT_FALSE(fs::exists(elsewhere / "link.sqlite.owners"));
}

TEST_F(SqliteStore, writes_through_to_the_disk) {
  open();
  Database database(file_, file_ + ".owners", WaitTimeout(1));
  EXPECT_EQ(database.text("PRAGMA journal_mode"), "wal");
}

TEST_F(SqliteStore, sets_a_damaged_file_aside_and_says_so) {
  open();
  damage();
  const std::string damaged = read_file(file_);

  const auto store = open();
  const std::string warning = store->take_warning();
  EXPECT_THAT(warning, AllOf(HasSubstr(file_ + " was damaged"), HasSubstr("set aside as ")));
  EXPECT_EQ(store->take_warning(), "");
  const auto start = warning.find("set aside as ") + 13;
  const std::string aside = warning.substr(start, warning.find(';') - start);
  EXPECT_THAT(aside, StartsWith(file_ + ".damaged-"));
  EXPECT_EQ(read_file(aside), damaged);
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Unfinished).kind, Claim::Kind::New);
}

TEST_F(SqliteStore, sets_a_file_without_a_header_aside) {
  open();
  write_file(file_, std::string(20'000, 'x'));
  EXPECT_THAT(open()->take_warning(), HasSubstr("set aside as "));
}

TEST_F(SqliteStore, carries_purchases_under_way_over_into_a_new_file) {
  const auto one = open();
  created(*one, "fox");
  const auto hare = one->claim(request_named("hare"), Reusable::Nothing).intent.id;
  one->sending(hare, 0);
  // What another process does that finds the file damaged.
  std::filesystem::rename(file_, file_ + ".damaged-1");
  std::filesystem::remove(file_ + "-wal");
  std::filesystem::remove(file_ + "-shm");
  const auto two = open();
  EXPECT_EQ(two->intents("account", 10).size(), 0u);

  one->created(hare, "task-hare", 0, 1);
  EXPECT_THAT(one->take_warning(), HasSubstr("was replaced while it was in use"));
  const auto intents = two->intents("account", 10);
  ASSERT_EQ(intents.size(), 2u);
  for (const auto& intent : intents) {
    EXPECT_TRUE(intent.owned);
    EXPECT_EQ(intent.state, IntentState::Created);
    EXPECT_EQ(intent.task_id, "task-" + intent.summary);
    EXPECT_EQ(intent.holds_slot, intent.summary == "fox");
  }
}

TEST_F(SqliteStore, notices_that_its_file_was_emptied) {
  const auto store = open();
  const auto fox = created(*store, "fox");
  std::filesystem::resize_file(file_, 0);
  const auto hare = store->claim(request_named("hare"), Reusable::Nothing).intent.id;
  EXPECT_THAT(store->take_warning(), AllOf(HasSubstr("emptied"), HasSubstr("set aside as ")));
  store->sending(hare, 0);
  EXPECT_EQ(open()->intents("account", 10).size(), 2u) << "what it knows is in the new file";
  store->settle(fox, IntentState::Delivered);
}

TEST_F(SqliteStore, notices_that_another_file_took_the_place_of_its_own) {
  const auto one = open();
  const auto id = one->claim(request_named("fox"), Reusable::Finished).intent.id;
  std::filesystem::rename(state_, directory_.path() / "away");
  const auto two = open();
  const auto bought = two->claim(request_named("fox"), Reusable::Finished).intent.id;
  two->sending(bought, 0);
  EXPECT_THROW(one->sending(id, 0), LostOwnership) << "bought by another, in the new file";
  EXPECT_EQ(one->claim(request_named("fox"), Reusable::Finished).kind, Claim::Kind::Wait);
}

TEST_F(SqliteStore, notices_that_its_lock_file_was_replaced) {
  const auto one = open();
  const auto id = one->claim(request_named("fox"), Reusable::Finished).intent.id;
  std::filesystem::remove(file_ + ".owners");
  const auto two = open();
  EXPECT_EQ(two->claim(request_named("fox"), Reusable::Finished).kind, Claim::Kind::New);
  EXPECT_THROW(one->sending(id, 0), LostOwnership);
}

TEST_F(SqliteStore, continues_when_its_directory_is_deleted) {
  const auto store = open();
  const auto fox = created(*store, "fox");
  std::filesystem::remove_all(state_);
  store->settle(fox, IntentState::Delivered);
  EXPECT_THAT(store->take_warning(), HasSubstr("was replaced"));
  EXPECT_TRUE(open()->knows_task("account", "task-fox"));
}

TEST_F(SqliteStore, repairs_a_file_that_is_damaged_while_it_is_in_use) {
  const auto one = open();
  created(*one, "fox");
  one->release(one->claim(request_named("hare"), Reusable::Nothing).intent.id);
  {
    Database database(file_, file_ + ".owners", WaitTimeout(1));
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  // In place, as a broken disk does it.
  damage();
  const auto two = open();
  EXPECT_THAT(two->take_warning(), HasSubstr("set aside"));
  one->claim(request_named("vole"), Reusable::Nothing);
  EXPECT_TRUE(two->knows_task("account", "task-fox"));
}

TEST_F(SqliteStore, leaves_a_file_alone_that_was_never_its_own) {
  const std::string clip = directory_.file("clip.mp4");
  write_file(clip, std::string(9000, 'm'));
  for (int times = 0; times < 2; ++times) {
    EXPECT_THAT(store_error([&] { open_at(clip); }),
                AllOf(HasSubstr("another kind of file"), HasSubstr("nothing was charged")));
  }
  EXPECT_EQ(read_file(clip), std::string(9000, 'm'));
}

TEST_F(SqliteStore, refuses_a_pipe_and_a_directory) {
  const std::string pipe = directory_.file("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path : {pipe, directory_.path().string(), std::string("/dev/null")})
    EXPECT_THAT(store_error([&] { open_at(path); }), HasSubstr("is not a regular file"));
}

TEST_F(SqliteStore, leaves_the_database_of_another_application_alone) {
  const std::string theirs = directory_.file("places.sqlite");
  write_file(directory_.file("mode"), "");
  {
    Database database(theirs, directory_.file("mode"), WaitTimeout(1));
    database.execute("CREATE TABLE places(url TEXT); PRAGMA user_version=1");
  }
  EXPECT_THAT(store_error([&] { open_at(theirs); }), HasSubstr("of another application"));
  Database database(theirs, directory_.file("mode"), WaitTimeout(1));
  EXPECT_EQ(database.text("PRAGMA journal_mode"), "delete");
  EXPECT_EQ(database.integer("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(SqliteStore, migrates_from_an_empty_file) {
  std::filesystem::create_directories(state_);
  write_file(file_, "");
  EXPECT_EQ(open()->take_warning(), "");
  Database database(file_, file_ + ".owners", WaitTimeout(1));
  EXPECT_EQ(database.integer("PRAGMA user_version"),
            static_cast<std::int64_t>(store_migrations().size()));
}

TEST_F(SqliteStore, refuses_a_newer_schema) {
  open();
  {
    Database database(file_, file_ + ".owners", WaitTimeout(1));
    database.execute("PRAGMA user_version=99");
  }
  EXPECT_THAT(store_error([&] { open(); }),
              AllOf(HasSubstr("newer airforce-video (version 99"), HasSubstr("update")));
}

TEST_F(SqliteStore, reads_purchases_of_its_first_version) {
  std::filesystem::create_directories(state_);
  {
    write_file(file_ + ".owners", "");
    Database database(file_, file_ + ".owners", WaitTimeout(1));
    migrate(database, FileKind::Store, store_migrations().first(1));
    database.execute(
        "INSERT INTO intents(id, account, request, model, summary, state, task_id, claimed_at,"
        " sending_at, expires_at, cost_cents, owner)"
        " VALUES(7, 'account', 'hash-of-fox', 'm', 's', 1, '', 100, 101, 0, -1, 0)");
  }
  const Claim claim = open()->claim(request_named("fox"), Reusable::Unfinished);
  EXPECT_EQ(claim.kind, Claim::Kind::Resume);
  EXPECT_EQ(claim.intent.sending_at, 101);
  EXPECT_EQ(claim.intent.sent_at, 0);
}

TEST_F(SqliteStore, stops_programs_of_earlier_versions_that_have_it_open) {
  std::filesystem::create_directories(state_);
  write_file(file_ + ".owners", "");
  Database earlier(file_, file_ + ".owners", WaitTimeout(1));
  migrate(earlier, FileKind::Store, store_migrations().first(2));
  const std::string_view statement = "UPDATE intents SET state=1 WHERE id=7";
  earlier.change(statement);
  open();
  EXPECT_THAT(store_error([&] { earlier.change(statement); }), HasSubstr("no such table: intents"));
}

TEST_F(SqliteStore, buys_nothing_once_a_newer_version_has_changed_it) {
  const auto store = open();
  const auto id = store->claim(request_named("fox"), Reusable::Nothing).intent.id;
  Database newer(file_, file_ + ".owners", WaitTimeout(1));
  newer.execute("PRAGMA user_version=99");
  EXPECT_THAT(store_error([&] { store->sending(id, 0); }), HasSubstr("newer airforce-video"));
}

TEST(Migration, carries_rows_from_version_to_version) {
  const TempDir directory;
  write_file(directory.file("mode"), "");
  Database database(directory.file("db"), directory.file("mode"), WaitTimeout(1));
  const char* const steps[] = {"CREATE TABLE t(a INTEGER); INSERT INTO t VALUES(7)",
                               "ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 8"};
  migrate(database, FileKind::Store, Migrations(steps, 1));
  EXPECT_EQ(database.integer("PRAGMA user_version"), 1);
  migrate(database, FileKind::Store, steps);
  EXPECT_EQ(database.integer("PRAGMA user_version"), 2);
  EXPECT_EQ(database.integer("SELECT a + b FROM t"), 15);
}

TEST(Migration, leaves_the_old_version_when_a_step_fails) {
  const TempDir directory;
  write_file(directory.file("mode"), "");
  Database database(directory.file("db"), directory.file("mode"), WaitTimeout(1));
  const char* const steps[] = {"CREATE TABLE t(a INTEGER)", "CREATE TABLE u(a); SELECT nonsense"};
  migrate(database, FileKind::Store, Migrations(steps, 1));
  EXPECT_THROW(migrate(database, FileKind::Store, steps), SqliteError);
  EXPECT_EQ(database.integer("PRAGMA user_version"), 1);
  EXPECT_EQ(database.integer("SELECT count(*) FROM sqlite_schema"), 1);
}

}  // namespace
}  // namespace airforce::testing
