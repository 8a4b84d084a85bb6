// SPDX-License-Identifier: LGPL-2.1-or-later
// More files that must not pass, for every front end: tests/hostile/bodies.py.
#include "clip/mp4_check.h"

#include <algorithm>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_clip.h"

namespace airforce::test {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

std::optional<std::string> problem_of(const std::string& file, bool is_size_known = true,
                                      const Mp4Limits& limits = {}) {
  const auto size = [&] {
    return is_size_known ? std::optional<std::uint64_t>(file.size()) : std::nullopt;
  };
  return mp4_problem(
      size,
      [&](std::uint64_t offset, std::span<char> buffer) {
        const std::size_t from = std::min<std::uint64_t>(offset, file.size());
        const std::size_t count = std::min(buffer.size(), file.size() - from);
        std::memcpy(buffer.data(), file.data() + from, count);
        return count;
      },
      limits);
}

std::optional<std::string> problem_of_whole(const std::string& file) {
  return problem_of_whole_mp4(file.size(), [&](std::uint64_t offset, std::span<char> buffer) {
    const std::size_t from = std::min<std::uint64_t>(offset, file.size());
    const std::size_t count = std::min(buffer.size(), file.size() - from);
    std::memcpy(buffer.data(), file.data() + from, count);
    return count;
  });
}

const std::string kFtyp = box("ftyp", "isom0000");
const std::string kTrak = box("trak", "");

TEST(Mp4Check, takes_a_file_whatever_the_order_of_its_boxes) {
  for (const std::string& file : {faststart_clip(1000), plain_clip(1000)}) {
    EXPECT_EQ(problem_of(file), std::nullopt);
    EXPECT_EQ(problem_of(file, false), std::nullopt) << "of an unknown size";
  }
}

TEST(Mp4Check, says_what_another_file_is) {
  EXPECT_THAT(*problem_of("<!DOCTYPE html>..."), HasSubstr("a web page"));
  EXPECT_THAT(*problem_of("{\"error\":\"x\"}   "), HasSubstr("JSON"));
  EXPECT_THAT(*problem_of(""), HasSubstr("empty"));
}

TEST(Mp4Check, refuses_text_that_has_a_type_of_a_box_in_it) {
  for (const char* text : {"<!--free--><MPD/>", "#EXTfree", "v=0\nfree", "GIF8free"}) {
    const std::string file = text + std::string(1000, ' ');
    EXPECT_TRUE(problem_of(file)) << text;
    EXPECT_TRUE(problem_of(file, false)) << text;
  }
}

TEST(Mp4Check, wants_an_index_with_tracks) {
  EXPECT_THAT(*problem_of(kFtyp + box("mdat", "1234")), HasSubstr("no index"));
  EXPECT_THAT(*problem_of(kFtyp + box("mdat", "1234"), false), HasSubstr("no index"));
  EXPECT_THAT(*problem_of(kFtyp + box("moov", "")), HasSubstr("no tracks"));
  EXPECT_THAT(*problem_of(kFtyp + "\0\0\1\0moov"s + kTrak), HasSubstr("cut off"));
}

TEST(Mp4Check, refuses_what_names_other_places) {
  EXPECT_THAT(*problem_of(kFtyp + box("moov", kTrak + box("rmra", ""))), HasSubstr("reference"));
}

TEST(Mp4Check, bounds_what_a_demuxer_would_take) {
  Mp4Limits limits;
  limits.boxes = 4;
  std::string boxes;
  for (int i = 0; i < 5; ++i) boxes += box("free", "");
  EXPECT_THAT(*problem_of(kFtyp + boxes + box("moov", kTrak), true, limits),
              HasSubstr("too many boxes"));
  const std::string samples = box("stsz", "\0\0\0\0\0\0\0\0\xff\xff\xff\xff"s);
  const std::string table = box("mdia", box("minf", box("stbl", samples)));
  EXPECT_THAT(*problem_of(kFtyp + box("moov", box("trak", table))), HasSubstr("too many samples"));
  std::string deep;
  for (int i = 0; i < 20; ++i) deep = box("trak", deep);
  EXPECT_THAT(*problem_of(kFtyp + box("moov", deep)), HasSubstr("too deep"));
  EXPECT_THAT(*problem_of(kFtyp + "\0\0\0\1moov\0\0\0\0\x7f\0\0\0"s, false),
              HasSubstr("more than 32 MiB"));
}

std::string counted(const char* type, std::uint32_t count, const std::string& rest = "") {
  std::string content = "\0\0\0\0"s;
  for (int shift = 24; shift >= 0; shift -= 8) content += static_cast<char>(count >> shift);
  return box(type, content + rest);
}

std::string track(const std::string& tables) {
  return box("trak", box("mdia", box("minf", box("stbl", tables))));
}

TEST(Mp4Check, refuses_tables_that_promise_more_than_they_have) {
  for (const char* type : {"stts", "ctts", "stsc", "stco", "co64", "stss"}) {
    const std::string moov = box("moov", track(counted(type, 1 << 30, std::string(64, '\0'))));
    EXPECT_THAT(*problem_of(kFtyp + moov), HasSubstr("cut off")) << type;
  }
  EXPECT_THAT(*problem_of(kFtyp + box("moov", track(box("stsz", "")))), HasSubstr("malformed"));
}

TEST(Mp4Check, counts_the_samples_of_chunks) {
  std::string chunks = std::string(3, '\0') + '\1' + "\x7f\xff\xff\xff"s + std::string(4, '\0');
  const std::string tables = counted("stsc", 1, chunks) + counted("stco", 4, std::string(16, '\0'));
  EXPECT_THAT(*problem_of(kFtyp + box("moov", track(tables))), HasSubstr("too many samples"));
}

TEST(Mp4Check, looks_wherever_a_demuxer_looks) {
  const std::string samples = box("stsz", "\0\0\0\0\0\0\0\0\xff\xff\xff\xff"s);
  const std::string cut = std::string("\x7f\0\0\0trak", 8) + track(samples).substr(8);
  for (const std::string& moov : {kTrak + box("udta", track(samples)), kTrak + cut}) {
    EXPECT_THAT(*problem_of(kFtyp + box("moov", moov)), HasSubstr("too many samples"));
  }
  const std::string bomb = box("cmov", box("dcom", "zlib") + box("cmvd", "12345678"));
  for (const std::string& moov :
       {box("udta", bomb), box("meta", "\0\0\0\0"s + box("hdlr", "") + bomb),
        track(box("stsd", std::string(20, '\0') + bomb))}) {
    EXPECT_THAT(*problem_of(kFtyp + box("moov", kTrak + moov)), HasSubstr("compressed"));
  }
  const std::string hidden = box("free", box("mvhd", "") + track(samples));
  EXPECT_THAT(*problem_of(kFtyp + hidden + box("moov", kTrak)), HasSubstr("free space"));
}

TEST(Mp4Check, looks_at_boxes_behind_the_index_as_far_as_it_is_asked) {
  const std::string samples = box("stsz", "\0\0\0\0\0\0\0\0\xff\xff\xff\xff"s);
  const std::string file = kFtyp + box("moov", kTrak) + box("mdat", "1234");
  EXPECT_EQ(problem_of_whole(file), std::nullopt);
  EXPECT_EQ(problem_of_whole(file + "PK\5\6" + std::string(18, '\0')), std::nullopt);
  EXPECT_EQ(problem_of_whole(file + box("moof", box("traf", counted("trun", 10)))), std::nullopt);
  for (const std::string& behind :
       {track(samples), box("udta", track(samples)),
        box("moof", box("traf", counted("trun", 1 << 30))), counted("trun", 1 << 30),
        box("meta", box("hdlr", "") + box("iinf", "\1\0\0\0\x40\0\0\0abcdef"s))}) {
    EXPECT_EQ(problem_of(file + behind), std::nullopt) << "up to the index";
    EXPECT_THAT(problem_of_whole(file + behind).value_or(""), HasSubstr("too many"));
  }
  EXPECT_THAT(*problem_of_whole(file + box("cmov", box("dcom", "zlib"))), HasSubstr("compressed"));
}

}  // namespace
}  // namespace airforce::test
