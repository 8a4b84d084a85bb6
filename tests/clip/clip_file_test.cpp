// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/clip_file.h"

#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "values/glib_ptr.h"

namespace airforce::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::span<const char> bytes_of(const std::string& text) {
  return {text.data(), text.size()};
}

// With and without files that have no name yet.
class ClipFileTest : public testing::TestWithParam<bool> {
 protected:
  TempDir directory_;
  const std::string location_ = directory_.file("clip.mp4");
};

TEST_P(ClipFileTest, nothing_partial_is_ever_seen) {
  {
    ClipFile file(location_, "", GetParam());
    file.write(0, bytes_of("half of it"));
    for (const auto& name : directory_.entries()) EXPECT_EQ(name.substr(0, 10), ".clip.mp4.");
    EXPECT_FALSE(std::filesystem::exists(location_));
    EXPECT_TRUE(!GetParam() || directory_.entries().empty());
  }
  EXPECT_THAT(directory_.entries(), IsEmpty());
}

TEST_P(ClipFileTest, gets_its_name_with_its_last_byte) {
  ClipFile file(location_, "", GetParam());
  file.write(4, bytes_of("5678"));
  file.write(0, bytes_of("1234"));
  EXPECT_TRUE(file.commit(8, nullptr));
  EXPECT_EQ(read_file(location_), "12345678");
  EXPECT_EQ(file.path(), location_);
  EXPECT_THAT(directory_.entries(), ElementsAre("clip.mp4"));
}

TEST_P(ClipFileTest, keeps_the_old_file_until_the_new_one_is_whole) {
  write_file(location_, "old");
  {
    ClipFile file(location_, "", GetParam());
    file.write(0, bytes_of("new"));
    EXPECT_EQ(read_file(location_), "old");
  }
  EXPECT_EQ(read_file(location_), "old");
  ClipFile file(location_, "", GetParam());
  file.write(0, bytes_of("new"));
  EXPECT_TRUE(file.commit(3, nullptr));
  EXPECT_EQ(read_file(location_), "new");
  EXPECT_THAT(directory_.entries(), ElementsAre("clip.mp4"));
}

TEST_P(ClipFileTest, takes_a_free_name_beside_a_file_that_it_must_not_replace) {
  ClipFile file(location_, "", GetParam());
  file.set_replace(false);
  file.write(0, bytes_of("new"));
  write_file(location_, "another's");
  write_file(directory_.file("clip-2.mp4"), "a third's");
  EXPECT_TRUE(file.commit(3, nullptr));
  EXPECT_EQ(read_file(location_), "another's");
  EXPECT_EQ(file.location(), directory_.file("clip-3.mp4"));
  EXPECT_EQ(read_file(file.location()), "new");
}

TEST_P(ClipFileTest, a_cancelled_commit_leaves_the_old_file) {
  write_file(location_, "old");
  const GObjectPtr<GCancellable> cancelled(g_cancellable_new());
  g_cancellable_cancel(cancelled.get());
  ClipFile file(location_, "", GetParam());
  file.write(0, bytes_of("new"));
  EXPECT_FALSE(file.commit(3, cancelled.get()));
  EXPECT_EQ(read_file(location_), "old");
}

TEST_P(ClipFileTest, cuts_off_what_lies_behind_the_end) {
  ClipFile file(location_, "", GetParam());
  file.write(0, bytes_of("12345678"));
  EXPECT_TRUE(file.commit(4, nullptr));
  EXPECT_EQ(read_file(location_), "1234");
}

TEST_P(ClipFileTest, replaces_what_a_symbolic_link_points_at_and_keeps_the_link) {
  const auto target = directory_.file("target.mp4");
  write_file(target, "old");
  ASSERT_EQ(symlink("target.mp4", location_.c_str()), 0);
  ClipFile file(location_, "", GetParam());
  file.write(0, bytes_of("new"));
  EXPECT_TRUE(file.commit(3, nullptr));
  EXPECT_EQ(read_file(target), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(location_));
}

TEST_P(ClipFileTest, makes_the_file_that_a_symbolic_link_points_at) {
  ASSERT_EQ(symlink("target.mp4", location_.c_str()), 0);
  ClipFile file(location_, "", GetParam());
  file.write(0, bytes_of("new"));
  EXPECT_TRUE(file.commit(3, nullptr));
  EXPECT_EQ(read_file(directory_.file("target.mp4")), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(location_));
}

TEST_P(ClipFileTest, has_the_rights_of_any_new_file) {
  const auto mask = umask(027);
  ClipFile file(location_, "", GetParam());
  EXPECT_TRUE(file.commit(0, nullptr));
  umask(mask);
  struct stat status {};
  ASSERT_EQ(stat(location_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST_P(ClipFileTest, does_not_replace_what_is_no_regular_file) {
  EXPECT_THROW(ClipFile("/dev/null", ""), std::system_error);
  EXPECT_THROW(ClipFile(directory_.path(), ""), std::system_error);
  EXPECT_THROW(ClipFile(directory_.file("new/"), ""), std::system_error);
}

TEST_P(ClipFileTest, says_which_directory_is_missing) {
  try {
    const ClipFile made(directory_.file("no/such/clip.mp4"), "");
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find(directory_.file("no/such")), std::string::npos);
  }
}

TEST_P(ClipFileTest, has_no_name_without_a_location_but_can_be_opened) {
  ClipFile file("", directory_.path(), GetParam());
  file.write(0, bytes_of("1234"));
  EXPECT_TRUE(file.commit(4, nullptr));
  EXPECT_THAT(directory_.entries(), IsEmpty());
  EXPECT_EQ(read_file(file.path()), "1234");
}

TEST_P(ClipFileTest, reads_and_compares_what_is_there) {
  ClipFile file("", directory_.path(), GetParam());
  const std::string bytes(200'000, 'x');
  file.write(10, bytes_of(bytes));
  EXPECT_TRUE(file.equals(10, bytes_of(bytes)));
  EXPECT_FALSE(file.equals(9, bytes_of(bytes)));
  EXPECT_FALSE(file.equals(11, bytes_of(bytes))) << "one byte too few";
  std::string buffer(100, '\0');
  EXPECT_EQ(file.read(200'000, buffer), 10u);
}

TEST_P(ClipFileTest, a_long_name_fits) {
  const auto location = directory_.file(std::string(251, 'n') + ".mp4");
  ClipFile file(location, "", GetParam());
  EXPECT_TRUE(file.commit(0, nullptr));
  EXPECT_TRUE(std::filesystem::exists(location));
}

// Where the system has what is temporary: TMPDIR, or else what is no memory.
TEST_P(ClipFileTest, uses_the_directory_of_temporary_files_by_default) {
  const char* before = g_getenv("TMPDIR");
  const std::string kept = before != nullptr ? before : "";
  g_setenv("TMPDIR", directory_.path().c_str(), TRUE);
  EXPECT_EQ(ClipFile("", "", GetParam()).directory(), directory_.path());
  g_setenv("TMPDIR", "", TRUE);
  EXPECT_EQ(ClipFile("", "", GetParam()).directory(), "/var/tmp");
  g_unsetenv("TMPDIR");
  EXPECT_EQ(ClipFile("", "", GetParam()).directory(), "/var/tmp");
  if (before != nullptr) g_setenv("TMPDIR", kept.c_str(), TRUE);
}

INSTANTIATE_TEST_SUITE_P(ClipFile, ClipFileTest, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Nameless" : "Hidden"; });

}  // namespace
}  // namespace airforce::test
