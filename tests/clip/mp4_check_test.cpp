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

}  // namespace
}  // namespace airforce::test
