// SPDX-License-Identifier: LGPL-2.1-or-later
// What a clip does to the disk: what it takes during its download, and in which order it is made
// safe.
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clip/clip_file.h"
#include "download_fixture.h"
#include "sample_clip.h"
#include "scripted_source.h"

namespace airforce::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct stat status_of(int file) {
  struct stat status {};
  fstat(file, &status);
  return status;
}

// What this program asks of the disk, in order: the functions below stand before those of the C
// library. Used by one thread.
struct DiskLog {
  std::vector<std::string> steps;
  ino_t synced = 0;      // the file that was synced last
  std::string replaced;  // what was at the name when it was taken
  bool fails = false;    // as a disk that breaks when the data is to be written
};
DiskLog* disk_log = nullptr;

}  // namespace
}  // namespace airforce::test

extern "C" int fsync(int file) {
  using namespace airforce::test;
  if (disk_log != nullptr) {
    const bool is_directory = S_ISDIR(status_of(file).st_mode);
    disk_log->steps.emplace_back(is_directory ? "sync directory" : "sync file");
    if (!is_directory) disk_log->synced = status_of(file).st_ino;
    if (disk_log->fails) {
      errno = EIO;
      return -1;
    }
  }
  return static_cast<int>(syscall(SYS_fsync, file));
}

extern "C" int rename(const char* from, const char* to) noexcept {
  using namespace airforce::test;
  if (disk_log != nullptr) {
    disk_log->steps.emplace_back("rename");
    disk_log->replaced = read_file(to);
  }
  return static_cast<int>(syscall(SYS_rename, from, to));
}

namespace airforce::test {
namespace {

class Disk : public testing::TestWithParam<bool> {
 protected:
  Disk() { disk_log = &log_; }
  ~Disk() override { disk_log = nullptr; }

  TempDir directory_;
  const std::string location_ = directory_.file("clip.mp4");
  DiskLog log_;
};

TEST_P(Disk, has_all_of_a_clip_before_the_clip_has_its_name) {
  write_file(location_, "old");
  ClipFile file(location_, "", GetParam());
  file.write(0, std::string_view("new"));
  EXPECT_TRUE(file.commit(3, nullptr));
  EXPECT_THAT(log_.steps, ElementsAre("sync file", "rename", "sync directory"));
  EXPECT_EQ(log_.replaced, "old") << "it was there until then";
  struct stat status {};
  ASSERT_EQ(stat(location_.c_str(), &status), 0);
  EXPECT_EQ(status.st_ino, log_.synced);
}

TEST_P(Disk, leaves_the_old_file_when_it_fails_at_the_end) {
  write_file(location_, "old");
  {
    ClipFile file(location_, "", GetParam());
    file.write(0, std::string_view("new"));
    log_.fails = true;
    EXPECT_THROW(file.commit(3, nullptr), std::system_error);
  }
  EXPECT_EQ(read_file(location_), "old");
  EXPECT_THAT(directory_.entries(), ElementsAre("clip.mp4"));
}

TEST_P(Disk, is_not_waited_for_where_nothing_is_to_be_kept) {
  ClipFile file("", directory_.path(), GetParam());
  file.write(0, std::string_view("new"));
  EXPECT_TRUE(file.commit(3, nullptr));
  EXPECT_THAT(log_.steps, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Clip, Disk, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Nameless" : "Hidden"; });

// The status of the file below a directory that this process has open.
struct stat open_file_below(const std::filesystem::path& directory) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string path = std::filesystem::read_symlink(entry.path(), gone);
    struct stat status {};
    if (path.starts_with(directory.string() + "/") && stat(entry.path().c_str(), &status) == 0 &&
        S_ISREG(status.st_mode))
      return status;
  }
  ADD_FAILURE() << "no file below " << directory << " is open";
  return {};
}

class PartialClip : public DownloadFixture {};

TEST_F(PartialClip, takes_of_the_disk_what_has_arrived_and_has_no_name) {
  constexpr std::size_t kSize = 8u << 20;
  constexpr std::uint64_t kHere = 1u << 20;
  const auto clip = plain_clip(kSize);
  const auto gate = std::make_shared<Gate>();
  auto& download = start([&](const Request& request, int) {
    Answering answering{.content = clip, .chunk = 64 * 1024};
    if (request.range->first == 0) {
      answering.gate_at = kHere;
      answering.gate = gate;
    }
    return answering;
  });
  // The index, from the end of the clip, and what stands before the gate.
  EXPECT_EQ(read(download, clip.size() - 1000, 1000), clip.substr(clip.size() - 1000));
  read(download, kHere - 1, 1);
  const struct stat status = open_file_below(directory_.path());
  EXPECT_EQ(status.st_nlink, 0u);
  EXPECT_THAT(directory_.entries(), IsEmpty());
  EXPECT_GE(static_cast<std::size_t>(status.st_size), clip.size());
  EXPECT_LT(static_cast<std::uint64_t>(status.st_blocks) * 512, 2 * kHere);
  gate->open();
  EXPECT_EQ(completed(), clip);
}

TEST_F(PartialClip, leaves_the_file_that_it_will_replace_until_it_is_whole) {
  options_.location = directory_.file("clip.mp4");
  write_file(options_.location, "old");
  const auto clip = faststart_clip(300'000);
  const auto gate = std::make_shared<Gate>();
  auto& download = start([&](const Request&, int) {
    return Answering{.content = clip, .gate_at = 250'000, .gate = gate};
  });
  read(download, 200'000, 1000);
  EXPECT_EQ(read_file(options_.location), "old");
  EXPECT_THAT(directory_.entries(), ElementsAre("clip.mp4"));
  EXPECT_EQ(open_file_below(directory_.path()).st_nlink, 0u);
  gate->open();
  completed();
  EXPECT_EQ(read_file(options_.location), clip);
}

}  // namespace
}  // namespace airforce::test
