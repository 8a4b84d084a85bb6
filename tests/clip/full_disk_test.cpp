// SPDX-License-Identifier: LGPL-2.1-or-later
// A disk without room: a small file system of this process's own, in namespaces of its own.
#include <fstream>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "download_fixture.h"

namespace airforce::test {
namespace {

bool may_mount = false;

// Must be called before there is a second thread.
bool enter_namespaces() {
  const auto user = std::to_string(getuid());
  const auto group = std::to_string(getgid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) {
    // What is refused here shows when it mounts.
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " + user + " 1";
    std::ofstream("/proc/self/gid_map") << "0 " + group + " 1";
  } else if (unshare(CLONE_NEWNS) != 0) {
    return false;
  }
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

class FullDisk : public DownloadFixture {
 protected:
  void SetUp() override {
    disk_ = directory_.file("disk");
    ASSERT_EQ(mkdir(disk_.c_str(), 0700), 0);
    if (!may_mount || mount("none", disk_.c_str(), "tmpfs", 0, "size=1m") != 0) {
      GTEST_SKIP() << "no right to mount a file system";
    }
    mounted_ = true;
    options_.location = disk_ + "/clip.mp4";
    write_file(options_.location, "old");
  }
  void TearDown() override {
    if (mounted_) umount2(disk_.c_str(), MNT_DETACH);
  }

  void expect_only_the_old_file() const {
    EXPECT_EQ(read_file(options_.location), "old");
    const std::filesystem::directory_iterator entries(disk_);
    EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
  }

  const std::string clip_bytes_ = faststart_clip(3u << 20);

 private:
  std::string disk_;
  bool mounted_ = false;
};

TEST_F(FullDisk, is_noticed_before_the_clip_comes_and_the_error_says_how_much_is_needed) {
  start([this](const Request&, int) { return Answering{.content = clip_bytes_}; });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::File);
  EXPECT_EQ(error.step, Step::Download);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_NE(error.message.find(std::to_string(clip_bytes_.size()) + " bytes are needed"),
            std::string::npos)
      << error.message;
  EXPECT_NE(error.next_step.find("make room"), std::string::npos);
  EXPECT_NE(error.next_step.find("airforce-video download vid_1"), std::string::npos);
  expect_only_the_old_file();
}

TEST_F(FullDisk, is_hit_in_the_middle_and_nothing_partial_is_left) {
  start([this](const Request&, int) {
    return Answering{.content = clip_bytes_, .ranges = false, .length = false};
  });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::File);
  EXPECT_NE(error.message.find("No space left"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find(options_.location), std::string::npos) << error.message;
  EXPECT_NE(error.next_step.find("make room"), std::string::npos);
  EXPECT_EQ(source_->requests().size(), 1u) << "a further try would not help";
  expect_only_the_old_file();
}

TEST_F(FullDisk, is_enough_for_what_fits) {
  const auto small = faststart_clip(700'000);
  start([&](const Request&, int) { return Answering{.content = small}; });
  EXPECT_EQ(completed(), small);
}

}  // namespace
}  // namespace airforce::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  airforce::test::may_mount = airforce::test::enter_namespaces();
  return RUN_ALL_TESTS();
}
