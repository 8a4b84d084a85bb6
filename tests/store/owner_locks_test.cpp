// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/owner_locks.h"

#include <csignal>
#include <filesystem>
#include <memory>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "values/error.h"

namespace airforce {
namespace {

TEST(OwnerLocks, an_owner_that_goes_is_gone_though_a_forked_child_still_has_its_files) {
  std::string pattern = (std::filesystem::temp_directory_path() / "owner-locks.XXXXXX").string();
  const std::filesystem::path directory = mkdtemp(pattern.data());
  const std::string path = directory / "owners";
  auto owner = std::make_unique<OwnerLocks>(path);
  const std::int64_t id = owner->become_owner();
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  const OwnerLocks witness(path);
  EXPECT_TRUE(witness.lives(id));
  owner.reset();
  EXPECT_FALSE(witness.lives(id));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  std::filesystem::remove_all(directory);
}

TEST(OwnerLocks, are_in_no_pipe_terminal_or_device) {
  std::string pattern = (std::filesystem::temp_directory_path() / "owner-locks.XXXXXX").string();
  const std::filesystem::path directory = mkdtemp(pattern.data());
  const std::string pipe = directory / "owners";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW(const OwnerLocks locks(pipe), Error);
  EXPECT_THROW(const OwnerLocks locks("/dev/null"), Error);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace airforce
