// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/output_claim.h"

#include <csignal>
#include <filesystem>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace airforce::test {
namespace {

TEST(OutputClaim, grants_a_name_to_one_writer_at_a_time) {
  const TempDir directory;
  {
    const auto first = OutputClaim::take(directory.file("clip.mp4"));
    EXPECT_TRUE(first);
    EXPECT_FALSE(OutputClaim::take(directory.file("clip.mp4")));
    EXPECT_TRUE(OutputClaim::take(directory.file("other.mp4")));
  }
  EXPECT_TRUE(OutputClaim::take(directory.file("clip.mp4")));
  EXPECT_TRUE(directory.entries().empty());
}

TEST(OutputClaim, knows_a_name_in_every_spelling) {
  const TempDir directory;
  std::filesystem::create_directory(directory.file("d"));
  std::filesystem::create_directory_symlink(directory.file("d"), directory.file("link"));
  std::filesystem::create_symlink(directory.file("d/clip.mp4"), directory.file("alias.mp4"));
  const auto first = OutputClaim::take(directory.file("d/clip.mp4"));
  for (const char* other : {"d/../d/./clip.mp4", "link/clip.mp4", "alias.mp4"})
    EXPECT_FALSE(OutputClaim::take(directory.file(other))) << other;
}

TEST(OutputClaim, ends_with_its_process) {
  const TempDir directory;
  const std::string path = directory.file("clip.mp4");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto claim = OutputClaim::take(path);
    (void)!write(ready[1], "x", 1);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_FALSE(OutputClaim::take(path));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(OutputClaim::take(path));
  close(ready[0]);
  close(ready[1]);
}

// As every program is between fork() and exec().
TEST(OutputClaim, does_not_mind_a_child_that_has_a_copy_of_it_for_a_moment) {
  const TempDir directory;
  pid_t child = 0;
  {
    const auto claim = OutputClaim::take(directory.file("clip.mp4"));
    child = fork();
    if (child == 0) {
      usleep(100'000);
      _exit(0);
    }
  }
  EXPECT_TRUE(OutputClaim::take(directory.file("clip.mp4")));
  waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace airforce::test
