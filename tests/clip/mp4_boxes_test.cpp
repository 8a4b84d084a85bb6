// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/mp4_boxes.h"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include "sample_clip.h"

namespace airforce::test {
namespace {

using namespace std::string_literals;

std::span<const char> bytes_of(const std::string& text) {
  return {text.data(), text.size()};
}

// Runs the search on a whole file; returns the offsets that it asked for.
std::vector<std::uint64_t> headers_asked_for(const std::string& file) {
  MoovFinder finder;
  std::vector<std::uint64_t> offsets;
  while (const auto offset = finder.next_header()) {
    offsets.push_back(*offset);
    if (*offset >= file.size()) break;
    const auto rest = bytes_of(file).subspan(*offset);
    finder.feed(rest.first(std::min(rest.size(), BoxHeader::kMax)));
    if (finder.next_header() == offset) break;
  }
  return offsets;
}

ReadAt reader_of(const std::string& file) {
  return [&file](std::uint64_t offset, std::span<char> buffer) {
    const auto count = std::min<std::size_t>(buffer.size(), file.size() - offset);
    std::memcpy(buffer.data(), file.data() + offset, count);
    return count;
  };
}

bool is_whole(const std::string& file) {
  return boxes_are_whole(file.size(), reader_of(file));
}

TEST(Mp4Boxes, knows_what_an_mp4_begins_with) {
  for (const char* type : {"ftyp", "styp", "moov", "mdat", "free", "wide", "moof"}) {
    EXPECT_TRUE(begins_like_mp4(bytes_of("\0\0\0\x18"s + type + "more")));
  }
  for (const auto& begin : {"<!DOCTYPE html>"s, "{\"error\":1}"s, ""s, "\0\0\0\x18"s + "fty",
                            "\x1a\x45\xdf\xa3webm"s, "GIF89a.."s}) {
    EXPECT_FALSE(begins_like_mp4(bytes_of(begin)));
  }
}

TEST(Mp4Boxes, says_what_something_else_is) {
  EXPECT_EQ(describe_begin(bytes_of("  <html>")), "a web page");
  EXPECT_EQ(describe_begin(bytes_of("\xef\xbb\xbf<!DOC")), "a web page");
  EXPECT_EQ(describe_begin(bytes_of("<?xml ve")), "XML");
  EXPECT_EQ(describe_begin(bytes_of("\x1f\x8b\x08 ")),
            "compressed with gzip, which was not asked for");
  EXPECT_EQ(describe_begin(bytes_of("{\"error\"")), "JSON");
  EXPECT_EQ(describe_begin(bytes_of("[1, 2]")), "JSON");
  EXPECT_EQ(describe_begin(bytes_of(" \n ")), "blank");
  EXPECT_EQ(describe_begin(bytes_of("")), "empty");
  EXPECT_EQ(describe_begin(bytes_of("GIF89a..")), "something else");
}

TEST(Mp4Boxes, reads_sizes_of_64_bits) {
  const auto header = parse_box_header(bytes_of("\0\0\0\1mdat\0\0\0\1\0\0\0\0"s));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->size, 1ull << 32);
  EXPECT_EQ(header->name(), "mdat");
}

TEST(Mp4Boxes, refuses_a_box_smaller_than_its_header) {
  EXPECT_FALSE(parse_box_header(bytes_of("\0\0\0\7mdat"s)));
  EXPECT_FALSE(parse_box_header(bytes_of("\0\0\0\1mdat\0\0\0\0\0\0\0\x0f"s)));
  EXPECT_FALSE(parse_box_header(bytes_of("\0\0\0\1mdat"s)));
  EXPECT_FALSE(parse_box_header(bytes_of("\0\0\0"s)));
}

TEST(MoovFinder, stops_at_a_moov_in_front) {
  EXPECT_EQ(headers_asked_for(faststart_clip(1000)), (std::vector<std::uint64_t>{0, 16}));
}

TEST(MoovFinder, jumps_over_the_media_data) {
  EXPECT_EQ(headers_asked_for(plain_clip(1000)), (std::vector<std::uint64_t>{0, 16, 24, 1032}));
}

TEST(MoovFinder, gives_up_at_a_box_without_end_and_at_what_is_no_box) {
  EXPECT_EQ(headers_asked_for(box("ftyp", "isom") + "\0\0\0\0mdat................"s).size(), 2u);
  EXPECT_EQ(headers_asked_for(box("ftyp", "isom") + "\0\0\0\2mdat................"s).size(), 2u);
  EXPECT_EQ(headers_asked_for("\0\0\0\1mdat\xff\xff\xff\xff\xff\xff\xff\xff"s).size(), 1u);
}

TEST(MoovFinder, waits_for_the_whole_header) {
  MoovFinder finder;
  finder.feed(bytes_of("\0\0\0\1mdat"s));
  EXPECT_EQ(finder.next_header(), 0u);
  finder.feed(bytes_of("\0\0\0\1mdat\0\0\0\0\0\0\1\0"s));
  EXPECT_EQ(finder.next_header(), 256u);
}

TEST(BoxesAreWhole, distinguishes_a_whole_file_from_a_cut_one) {
  const auto clip = faststart_clip(1000);
  EXPECT_TRUE(is_whole(clip));
  EXPECT_TRUE(is_whole(plain_clip(1000)));
  for (std::size_t size = 0; size < clip.size(); size += 13) {
    EXPECT_FALSE(is_whole(clip.substr(0, size))) << size;
  }
}

TEST(BoxesAreWhole, a_file_without_moov_is_not) {
  EXPECT_FALSE(is_whole(box("ftyp", "isom") + box("mdat", "1234")));
}

TEST(BoxesAreWhole, a_last_box_may_extend_to_the_end) {
  EXPECT_TRUE(is_whole(box("ftyp", "isom") + box("moov", "1234") + "\0\0\0\0mdat........"s));
}

std::optional<std::uint64_t> end_of_cut_box_of(const std::string& file) {
  return end_of_cut_box(file.size(), reader_of(file));
}

TEST(EndOfCutBox, gives_the_full_length_of_a_cut_file) {
  const auto clip = faststart_clip(1000);
  for (std::size_t size = clip.size() - 1000; size < clip.size(); size += 13) {
    EXPECT_EQ(end_of_cut_box_of(clip.substr(0, size)), clip.size()) << size;
  }
}

TEST(EndOfCutBox, is_nowhere_in_a_whole_file) {
  for (const auto& clip :
       {faststart_clip(1000), plain_clip(1000), box("ftyp", "isom") + "\0\0\0\0mdat........"s}) {
    EXPECT_FALSE(end_of_cut_box_of(clip));
  }
}

TEST(EndOfCutBox, is_nowhere_in_what_players_pass_over_behind_the_last_box) {
  for (const auto& rest : {"x"s, "\0\0\0\0\0\0\0\0"s, "some text behind it"s, "\0\0\0\x03mdat"s,
                           "\0\0\0\1mdat\xff\xff\xff\xff\xff\xff\xff\xff"s}) {
    EXPECT_FALSE(end_of_cut_box_of(faststart_clip(1000) + rest)) << rest;
  }
}

}  // namespace
}  // namespace airforce::test
