// SPDX-License-Identifier: LGPL-2.1-or-later
// Whole pictures and pieces of them.
#include "../../gst/picture.h"

#include <string>

#include <gtest/gtest.h>

namespace airforce::gst {
namespace {

using namespace std::string_literals;

bool is_whole(const std::string& bytes) {
  return is_whole_picture({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

// A thumbnail in its APP1 has an end of its own; the scan has a stuffed FF, a restart and, behind
// it, a table and another scan.
const std::string kJpeg =
    "\xFF\xD8"
    "\xFF\xE1\x00\x08xx\xFF\xD8\xFF\xD9"
    "\xFF\xDA\x00\x04ssdata\xFF\x00more\xFF\xD0"
    "data\xFF\xC4\x00\x04\xFF\xD9\xFF\xFF\xDA\x00\x02rest\xFF\xD9"s;
const std::string kSmallPng =
    "\x89PNG\r\n\x1A\n"
    "\x00\x00\x00\x04IHDRIENDcrc_"
    "\x00\x00\x00\x00IENDcrc_"s;

TEST(Picture, is_whole_with_its_end_and_with_something_behind_it) {
  for (const std::string& picture : {kJpeg, kSmallPng}) {
    EXPECT_TRUE(is_whole(picture));
    EXPECT_TRUE(is_whole(picture + std::string(3, '\0')));
  }
}

TEST(Picture, is_a_piece_when_any_byte_of_its_end_is_missing) {
  for (const std::string& picture : {kJpeg, kSmallPng}) {
    for (std::size_t size = 0; size < picture.size(); ++size)
      EXPECT_FALSE(is_whole(picture.substr(0, size))) << size;
  }
}

TEST(Picture, is_nothing_else) {
  for (const std::string& other :
       {""s, "RIFF....WEBPVP8 "s, "GIF89a"s, "\xFF\xD8nothing like it\xFF\xD9"s,
        "\x89PNG\r\n\x1A\n\xFF\xFF\xFF\xFFIDAT...."s, std::string(64, '\xFF')})
    EXPECT_FALSE(is_whole(other)) << other;
}

}  // namespace
}  // namespace airforce::gst
