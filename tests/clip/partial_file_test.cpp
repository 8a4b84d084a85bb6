// SPDX-License-Identifier: LGPL-2.1-or-later
// What readers get where something changes at the very moment that they look, and that no byte of
// an older version counts.
#include "clip/partial_file.h"

#include <chrono>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "file_calls.h"
#include "support/error_of.h"
#include "support/slowness.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

ClipVersion of_size(std::uint64_t total) {
  ClipVersion version;
  version.total = total;
  return version;
}

class PartialFileTest : public testing::Test {
 protected:
  PartialFile::Put put(std::uint64_t offset, const std::string& bytes) {
    return partial_.put(partial_.state().serial, offset, bytes, false);
  }
  std::string read(std::uint64_t offset, std::size_t size, const PartialFile::Wanted& wanted = {}) {
    std::string buffer(size, '\0');
    buffer.resize(partial_.read_at(offset, buffer, wanted));
    return buffer;
  }
  Error failure(std::uint64_t offset, std::size_t size, const PartialFile::Wanted& wanted = {}) {
    return error_of([&] { read(offset, size, wanted); });
  }
  // Ten bytes of which a reader has the first five.
  void put_and_read() {
    put(0, "0123456789");
    EXPECT_EQ(read(0, 5), "01234");
  }

  const TempDir directory_;
  PartialFile partial_{"", directory_.path(), "vid_1"};
};

TEST_F(PartialFileTest, reads_nothing_into_an_empty_buffer) {
  EXPECT_EQ(read(0, 0), "");
}

TEST_F(PartialFileTest, waits_for_a_byte_that_was_never_announced) {
  auto reading = std::async(std::launch::async, [this] { return read(2, 3); });
  put(0, "0123456789");
  EXPECT_EQ(reading.get(), "234");
}

// A wait would last 0.2 s, each time.
TEST_F(PartialFileTest, lets_no_reader_wait_for_a_byte_that_arrives_just_before) {
  const std::vector<std::pair<std::function<void(PartialFile&)>, ErrorKind>> endings = {
      {[](PartialFile& partial) { partial.cancel(); }, ErrorKind::Cancelled},
      {[](PartialFile& partial) {
         partial.set_flushing(true);
         partial.set_flushing(false);
       },
       ErrorKind::Interrupted},
      {[](PartialFile& partial) { partial.set_flushing(true); }, ErrorKind::Interrupted},
      {[](PartialFile& partial) { partial.replace(of_size(3)); }, ErrorKind::Clip},
      {[](PartialFile& partial) {
         partial.fail(Error(ErrorKind::Network, Step::Download, "lost"));
       },
       ErrorKind::Network}};
  const auto before = std::chrono::steady_clock::now();
  for (int round = 0; round < 4; ++round) {
    for (const auto& [happen, kind] : endings) {
      PartialFile partial("", directory_.path(), "vid_1");
      partial.put(0, 0, std::string_view("0123456789"), false);
      std::string buffer(5, '\0');
      EXPECT_EQ(partial.read_at(0, buffer, {}), 5u);
      const auto wanted = [&partial, &end = happen](std::uint64_t offset) {
        EXPECT_EQ(offset, 10u);
        end(partial);
      };
      EXPECT_EQ(error_of([&] { partial.read_at(10, buffer, wanted); }).kind, kind);
    }
    PartialFile partial("", directory_.path(), "vid_1");
    std::string buffer(5, '\0');
    EXPECT_EQ(partial.read_at(10, buffer, [&](std::uint64_t) { partial.set_total(10); }), 0u);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, kSlowness * 2s);
}

TEST_F(PartialFileTest, gives_no_byte_of_a_version_that_is_replaced_while_it_is_read) {
  for (const bool other_bytes : {false, true}) {
    PartialFile partial("", directory_.path(), "vid_1");
    partial.put(0, 0, std::string_view("0123456789"), false);
    at_next_read = [&] {
      const unsigned serial = partial.replace({});
      EXPECT_EQ(partial.available(0), 0);
      const std::string_view bytes = other_bytes ? "01234567xx" : "0123456789";
      EXPECT_EQ(partial.put(serial, 0, bytes, false).fresh, 10u);
      return 0;
    };
    std::string buffer(5, '\0');
    const auto look = [&] { return partial.read_at(0, buffer, {}); };
    if (other_bytes) {
      EXPECT_EQ(error_of(look).kind, ErrorKind::Clip);
    } else {
      EXPECT_EQ(look(), 5u);
      EXPECT_EQ(buffer, "01234");
    }
  }
}

TEST_F(PartialFileTest,
       counts_no_byte_of_a_version_that_was_replaced_before_or_while_it_was_written) {
  const unsigned first = partial_.state().serial;
  at_next_write = [this] {
    partial_.replace({});
    return 0;
  };
  EXPECT_TRUE(partial_.put(first, 0, std::string_view("0123456789"), false).outdated);
  EXPECT_TRUE(partial_.put(first, 0, std::string_view("0123456789"), false).outdated);
  EXPECT_EQ(partial_.arrived().bytes, 0u);
}

TEST_F(PartialFileTest, reports_another_clip_to_a_reader_permanently) {
  put_and_read();
  partial_.replace({});
  // Both of the threads that fetch come upon it at once.
  at_next_write = [this] {
    put(5, "xx");
    return 0;
  };
  put(0, "xx");
  EXPECT_EQ(failure(0, 2).kind, ErrorKind::Clip);
  partial_.replace({});
  put(0, "0123456789");
  EXPECT_EQ(failure(0, 2).kind, ErrorKind::Clip) << "whatever comes afterwards";
}

TEST_F(PartialFileTest, reports_a_clip_that_has_become_shorter_to_a_reader) {
  put_and_read();
  partial_.replace(of_size(9));
  EXPECT_EQ(failure(0, 2).kind, ErrorKind::Clip);

  PartialFile found_out_later("", directory_.path(), "vid_1");
  std::string buffer(5, '\0');
  found_out_later.put(0, 0, std::string_view("0123456789"), false);
  EXPECT_EQ(found_out_later.read_at(0, buffer, {}), 5u);
  found_out_later.replace({});
  found_out_later.set_total(9);
  EXPECT_EQ(error_of([&] { found_out_later.read_at(0, buffer, {}); }).kind, ErrorKind::Clip);
}

TEST_F(PartialFileTest, takes_from_a_later_response_what_no_earlier_one_had) {
  ClipVersion version;
  version.last_modified = "Thu, 01 Jan 1970 00:00:00 GMT";
  partial_.adopt(version);
  version.last_modified = "Fri, 02 Jan 1970 00:00:00 GMT";
  version.etag = "\"one\"";
  version.dated = true;
  partial_.adopt(version);
  EXPECT_EQ(partial_.state().version.last_modified, "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_FALSE(partial_.state().version.dated);
  EXPECT_EQ(partial_.state().version.etag, "\"one\"");
}

TEST_F(PartialFileTest, ends_with_what_went_wrong_first) {
  partial_.fail(Error(ErrorKind::Network, Step::Download, "lost"));
  partial_.fail(Error(ErrorKind::Cancelled, Step::Download, "cancelled"));
  EXPECT_EQ(error_of([&] { partial_.wait_complete(); }).kind, ErrorKind::Network);
}

TEST_F(PartialFileTest, continues_after_an_interrupted_disk_access_and_reports_a_failed_one) {
  at_next_write = at_next_read = [] { return EINTR; };
  put_and_read();
  at_next_read = [] { return EIO; };
  const Error error = failure(0, 5);
  EXPECT_EQ(error.kind, ErrorKind::File);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_THAT(error.message, HasSubstr(directory_.path().string()));
  at_next_write = [] { return EIO; };
  EXPECT_THROW(put(10, "x"), std::system_error);
  EXPECT_EQ(partial_.arrived().bytes, 10u);

  PartialFile kept(directory_.file("clip.mp4"), "", "vid_1");
  at_next_write = [] { return ENOSPC; };
  EXPECT_THROW(kept.put(0, 0, std::string_view("0"), false), std::system_error);
  kept.put(0, 0, std::string_view("0"), false);
  at_next_read = [] { return EIO; };
  std::string buffer(1, '\0');
  EXPECT_THAT(error_of([&] { kept.read_at(0, buffer, {}); }).message, HasSubstr("clip.mp4"));
}

}  // namespace
}  // namespace airforce::test
