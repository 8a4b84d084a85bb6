// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/clip_cache.h"

#include <fstream>

#include <sys/stat.h>
#include <utime.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "given.h"
#include "support/error_of.h"

namespace airforce::testing {
namespace {

using ::testing::HasSubstr;

class Cache : public ::testing::Test {
 protected:
  static constexpr int kLimit = 3000;

  void keep(ClipCache& cache, const std::string& name, std::size_t bytes = 1000) const {
    write_file(directory_.file("clip"), std::string(bytes, name[0]));
    cache.keep(request_named(name), "task-" + name, directory_.file("clip"));
  }
  static bool has(ClipCache& cache, const std::string& name) {
    return cache.find(request_named(name)).has_value();
  }
  std::size_t clips() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(clips_)) {
      count += entry.path().filename().string().starts_with("index") ? 0 : 1;
    }
    return count;
  }

  TempDir directory_;
  const std::string clips_ = directory_.file("cache/clips");
  ClipCache cache_{clips_, kLimit};
};

TEST_F(Cache, keeps_pinned_clips_until_their_series_is_unpinned) {
  ClipCache cache(clips_, kLimit);
  cache.pin(request_named("a"), "film");  // before it is there
  keep(cache, "a");
  keep(cache, "b");
  cache.pin(request_named("b"), "film");
  cache.pin(request_named("b"), "another");
  keep(cache, "c");
  keep(cache, "d");
  keep(cache, "e");
  EXPECT_TRUE(has(cache, "a"));
  EXPECT_TRUE(has(cache, "b"));
  EXPECT_FALSE(has(cache, "d"));
  cache.unpin("film");
  keep(cache, "f", 2000);
  EXPECT_FALSE(has(cache, "a"));
  EXPECT_TRUE(has(cache, "b")) << "another series still wants it";
}

TEST_F(Cache, keeps_pinned_clips_beyond_its_size) {
  ClipCache cache(clips_, kLimit);
  cache.pin(request_named("a"), "film");
  cache.pin(request_named("b"), "film");
  keep(cache, "a", 2000);
  keep(cache, "b", 4000);
  EXPECT_TRUE(has(cache, "a"));
  EXPECT_TRUE(has(cache, "b"));
  cache.unpin("film");
  EXPECT_FALSE(has(cache, "b"));
}

TEST_F(Cache, gives_back_what_was_kept) {
  keep(cache_, "fox");
  const auto found = cache_.find(request_named("fox"));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->task_id, "task-fox");
  EXPECT_EQ(read_file(found->path), std::string(1000, 'f'));
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(found->path).permissions()), 0600u);
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(clips_).permissions()), 0700u);
  EXPECT_FALSE(has(cache_, "hare"));
  EXPECT_FALSE(cache_.find(request_named("fox", "another account")).has_value());
}

TEST_F(Cache, keeps_a_copy_that_changes_to_the_original_do_not_reach) {
  keep(cache_, "fox");
  std::ofstream(directory_.file("clip"), std::ios::in | std::ios::out) << "edited";
  EXPECT_EQ(read_file(cache_.find(request_named("fox"))->path), std::string(1000, 'f'));
}

TEST_F(Cache, evicts_the_least_recently_used_clip) {
  keep(cache_, "a");
  keep(cache_, "b");
  keep(cache_, "c");
  EXPECT_TRUE(has(cache_, "a"));
  keep(cache_, "d");
  EXPECT_TRUE(has(cache_, "a"));
  EXPECT_FALSE(has(cache_, "b"));
  EXPECT_TRUE(has(cache_, "c"));
  EXPECT_TRUE(has(cache_, "d"));
  EXPECT_EQ(clips(), 3u);
}

TEST_F(Cache, counts_a_replaced_clip_once) {
  keep(cache_, "a");
  for (int times = 0; times < 5; ++times) keep(cache_, "b");
  EXPECT_TRUE(has(cache_, "a"));
  EXPECT_TRUE(has(cache_, "b"));
  EXPECT_EQ(clips(), 2u);
}

TEST_F(Cache, does_not_keep_what_is_larger_than_itself) {
  keep(cache_, "a");
  keep(cache_, "huge", kLimit + 1);
  EXPECT_FALSE(has(cache_, "huge"));
  EXPECT_TRUE(has(cache_, "a"));
  EXPECT_EQ(clips(), 1u);
}

TEST_F(Cache, does_not_destroy_a_clip_that_is_being_played) {
  keep(cache_, "a");
  std::ifstream player(cache_.find(request_named("a"))->path);
  for (const auto* name : {"b", "c", "d"}) keep(cache_, name);
  EXPECT_FALSE(has(cache_, "a"));
  std::string content(1000, ' ');
  player.read(content.data(), 1000);
  EXPECT_EQ(content, std::string(1000, 'a'));
}

TEST_F(Cache, does_not_offer_a_clip_that_the_user_deleted) {
  keep(cache_, "fox");
  std::filesystem::remove(cache_.find(request_named("fox"))->path);
  EXPECT_FALSE(has(cache_, "fox"));
}

TEST_F(Cache, can_be_deleted_at_any_time) {
  keep(cache_, "fox");
  std::filesystem::remove_all(clips_);
  EXPECT_FALSE(has(cache_, "fox"));
  keep(cache_, "fox");
  EXPECT_TRUE(has(cache_, "fox"));
}

TEST_F(Cache, sweeps_out_what_a_killed_process_left) {
  keep(cache_, "a");
  const utimbuf long_ago{1'000'000'000, 1'000'000'000};
  for (const auto* name : {"/half.part", "/lost.mp4", "/notes.txt"}) {
    write_file(clips_ + name, "x");
    utime((clips_ + name).c_str(), &long_ago);
  }
  write_file(clips_ + "/young.part", "x");
  utime(cache_.find(request_named("a"))->path.c_str(), &long_ago);
  keep(cache_, "b");
  EXPECT_FALSE(std::filesystem::exists(clips_ + "/half.part"));
  EXPECT_FALSE(std::filesystem::exists(clips_ + "/lost.mp4"));
  EXPECT_TRUE(std::filesystem::exists(clips_ + "/notes.txt")) << "not ours";
  EXPECT_TRUE(std::filesystem::exists(clips_ + "/young.part")) << "somebody may be at it";
  EXPECT_TRUE(has(cache_, "a"));
}

TEST_F(Cache, shares_its_limit_with_other_users_of_the_directory) {
  ClipCache other(clips_, kLimit);
  keep(cache_, "a");
  keep(other, "b");
  keep(cache_, "c");
  keep(other, "d");
  EXPECT_EQ(clips(), 3u);
  EXPECT_FALSE(has(cache_, "a"));
  EXPECT_TRUE(has(cache_, "d"));
}

TEST_F(Cache, starts_again_when_its_index_is_damaged) {
  {
    ClipCache first(clips_, kLimit);
    keep(first, "a");
  }
  write_file(clips_ + "/index.sqlite", std::string(9000, 'x'));
  ClipCache again(clips_, kLimit);
  EXPECT_FALSE(has(again, "a"));
  keep(again, "b");
  EXPECT_TRUE(has(again, "b"));
}

TEST_F(Cache, has_nothing_when_it_cannot_be_used_and_says_why_it_cannot_keep) {
  write_file(directory_.file("file"), "");
  ClipCache broken(directory_.file("file") + "/clips", kLimit);
  EXPECT_FALSE(has(broken, "fox"));
  write_file(directory_.file("clip"), "x");
  EXPECT_THAT(test::text_of_error(
                  [&] { broken.keep(request_named("fox"), "task", directory_.file("clip")); },
                  ErrorKind::File),
              HasSubstr("Not a directory"));
}

TEST_F(Cache, keeps_nothing_with_a_limit_of_zero) {
  ClipCache none(clips_, 0);
  keep(none, "fox");
  EXPECT_FALSE(has(none, "fox"));
  EXPECT_FALSE(std::filesystem::exists(clips_));
}

TEST(CacheOfTheUser, says_what_is_wrong_with_its_size_in_the_environment) {
  g_setenv("AIRFORCE_CACHE_BYTES", "1 GB", TRUE);
  EXPECT_THAT(test::text_of_error([] { ClipCache::standard(nullptr); }, ErrorKind::Settings),
              HasSubstr("AIRFORCE_CACHE_BYTES is \"1 GB\""));
  g_unsetenv("AIRFORCE_CACHE_BYTES");
}

TEST_F(Cache, leaves_nothing_of_a_clip_that_can_not_be_copied) {
  keep(cache_, "a");
  EXPECT_THAT(test::text_of_error(
                  [&] { cache_.keep(request_named("fox"), "task", directory_.file("missing")); },
                  ErrorKind::File),
              HasSubstr("A clip can't be kept at"));
  EXPECT_EQ(clips(), 1u);
  EXPECT_FALSE(has(cache_, "fox"));
}

TEST_F(Cache, does_not_replace_what_is_no_clip) {
  keep(cache_, "fox");
  const std::string place = cache_.find(request_named("fox"))->path;
  std::filesystem::remove(place);
  std::filesystem::create_directories(place + "/something");
  EXPECT_THAT(test::text_of_error([&] { keep(cache_, "fox"); }, ErrorKind::File),
              HasSubstr("Is a directory"));
  EXPECT_TRUE(std::filesystem::exists(place + "/something"));
}

TEST(CacheOfTheUser, has_the_size_that_the_environment_gives_it) {
  const TempDir directory;
  write_file(directory.file("clip"), "the clip");
  g_setenv("AIRFORCE_CACHE_BYTES", "0", TRUE);
  const auto none = ClipCache::standard(nullptr);
  none->keep(request_named("none"), "task", directory.file("clip"));
  g_setenv("AIRFORCE_CACHE_BYTES", "", TRUE);
  const auto usual = ClipCache::standard(nullptr);
  usual->keep(request_named("some"), "task", directory.file("clip"));
  EXPECT_FALSE(usual->find(request_named("none")).has_value());
  EXPECT_TRUE(usual->find(request_named("some")).has_value());
  g_unsetenv("AIRFORCE_CACHE_BYTES");
}

}  // namespace
}  // namespace airforce::testing
