// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cerrno>

#include <gtest/gtest.h>

#include "clip/clip.h"
#include "file_calls.h"
#include "sample_clip.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

class LocalClip : public testing::Test {
 protected:
  LocalClip() { write_file(path_, bytes_); }

  const std::string bytes_ = faststart_clip(700'000);
  TempDir directory_;
  const std::string path_ = directory_.file("finished.mp4");
  ClipOptions options_;
};

TEST_F(LocalClip, is_read_at_once) {
  const auto clip = open_clip(path_, options_);
  EXPECT_EQ(clip->size(), static_cast<std::int64_t>(bytes_.size()));
  EXPECT_EQ(clip->available(100), static_cast<std::int64_t>(bytes_.size()) - 100);
  std::string buffer(1000, '\0');
  EXPECT_EQ(clip->read_at(bytes_.size() - 10, buffer), 10u);
  EXPECT_EQ(buffer.substr(0, 10), bytes_.substr(bytes_.size() - 10));
  EXPECT_EQ(clip->read_at(bytes_.size() + 10, buffer), 0u);
  clip->wait_complete();
  EXPECT_EQ(clip->path(), path_);
}

TEST_F(LocalClip, is_copied_to_its_location) {
  options_.location = directory_.file("copy.mp4");
  const auto clip = open_clip(path_, options_);
  clip->wait_complete();
  EXPECT_EQ(read_file(options_.location), bytes_);
  EXPECT_EQ(read_file(path_), bytes_);
}

TEST_F(LocalClip, is_left_alone_where_it_is_to_be_kept) {
  options_.location = path_;
  open_clip(path_, options_)->wait_complete();
  EXPECT_EQ(read_file(path_), bytes_);
}

TEST_F(LocalClip, ends_when_cancelled_and_interrupts_when_flushing) {
  options_.location = directory_.file("copy.mp4");
  const auto clip = open_clip(path_, options_);
  std::string buffer(10, '\0');
  clip->set_flushing(true);
  EXPECT_THROW(clip->read_at(0, buffer), Error);
  clip->set_flushing(false);
  EXPECT_EQ(clip->read_at(0, buffer), 10u);
  clip->cancel();
  EXPECT_THROW(clip->read_at(0, buffer), Error);
  EXPECT_THROW(clip->wait_complete(), Error);
  EXPECT_FALSE(std::filesystem::exists(options_.location));
}

TEST_F(LocalClip, is_not_copied_when_it_has_become_shorter) {
  options_.location = directory_.file("copy.mp4");
  const auto clip = open_clip(path_, options_);
  std::filesystem::resize_file(path_, bytes_.size() / 2);
  const Error error = error_of([&] { clip->wait_complete(); });
  EXPECT_EQ(error.kind, ErrorKind::File);
  EXPECT_NE(error.message.find("shorter"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(options_.location));
}

TEST_F(LocalClip, says_what_can_not_be_opened) {
  for (const auto& path : {directory_.file("missing.mp4"), directory_.path().string()}) {
    const Error error = error_of([&] { open_clip(path, options_); });
    EXPECT_EQ(error.kind, ErrorKind::File);
    EXPECT_NE(error.message.find(path), std::string::npos);
  }
}

TEST_F(LocalClip, continues_after_an_interrupted_read_and_reports_a_failed_one) {
  options_.location = directory_.file("copy.mp4");
  const auto clip = open_clip(path_, options_);
  std::string buffer(10, '\0');
  at_next_read = [] { return EINTR; };
  EXPECT_EQ(clip->read_at(0, buffer), 10u);
  at_next_read = [] { return EIO; };
  EXPECT_EQ(error_of([&] { clip->read_at(0, buffer); }).kind, ErrorKind::File);
  at_next_read = [] { return EIO; };
  EXPECT_EQ(error_of([&] { clip->wait_complete(); }).kind, ErrorKind::File);
  at_next_write = [] { return EDQUOT; };
  const Error error = error_of([&] { clip->wait_complete(); });
  EXPECT_EQ(error.kind, ErrorKind::File);
  EXPECT_NE(error.message.find(options_.location), std::string::npos) << error.message;
  EXPECT_FALSE(std::filesystem::exists(options_.location));
  at_next_read = at_next_write = [] { return EINTR; };
  clip->wait_complete();
  EXPECT_EQ(read_file(options_.location), bytes_);
}

TEST_F(LocalClip, ends_when_cancelled_in_the_middle_of_its_copy_or_at_its_last_byte) {
  options_.location = directory_.file("copy.mp4");
  for (const std::size_t size : {bytes_.size(), std::size_t{100}}) {
    std::filesystem::resize_file(path_, size);
    const auto clip = open_clip(path_, options_);
    at_next_read = [&] {
      clip->cancel();
      return 0;
    };
    EXPECT_EQ(error_of([&] { clip->wait_complete(); }).kind, ErrorKind::Cancelled);
    EXPECT_FALSE(std::filesystem::exists(options_.location));
  }
}

TEST(CheckLocation, reports_before_the_purchase_where_nothing_can_be_kept) {
  const TempDir directory;
  EXPECT_NO_THROW(check_location(""));
  EXPECT_NO_THROW(check_location(directory.file("clip.mp4")));
  EXPECT_TRUE(directory.entries().empty());
  for (const auto& location :
       {directory.file("no/such/clip.mp4"), directory.path().string(), std::string("/dev/null"),
        directory.file(std::string(300, 'x') + ".mp4"), std::string("/proc/clip.mp4")}) {
    const Error error = error_of([&] { check_location(location); });
    EXPECT_EQ(error.kind, ErrorKind::File) << location;
    EXPECT_EQ(error.charge, Charge::None);
    EXPECT_FALSE(error.next_step.empty());
  }
}

}  // namespace
}  // namespace airforce::test
