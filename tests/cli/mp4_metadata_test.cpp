// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "mp4/boxes.h"
#include "mp4/metadata.h"
#include "mp4/metadata_file.h"
#include "support/temp_dir.h"
#include "values/error.h"

namespace airforce::cli::mp4 {
namespace {

Metadata fox() {
  Metadata metadata;
  metadata.prompt = "A red fox";
  metadata.model = "wan-2.6";
  metadata.task_id = "vid_1";
  metadata.created = 1'700'000'000;
  return metadata;
}

std::string chunk_table(std::uint64_t offset) {
  return box("stco", big_endian(0, 4) + big_endian(1, 4) + big_endian(offset, 4));
}

std::string moov_with(const std::string& table, const std::string& more = "") {
  const std::string stbl = box("stbl", table);
  return box("moov", box("mvhd", std::string(100, '\0')) +
                         box("trak", box("mdia", box("minf", stbl))) + more);
}

TEST(Mp4Metadata, KeepsItemsOfOthers) {
  const std::string item =
      box("\xa9too", box("data", big_endian(1, 4) + big_endian(0, 4) + "encoder"));
  const std::string handler = box("hdlr", std::string(8, '\0') + "mdir" + std::string(13, '\0'));
  const std::string meta = box("meta", big_endian(0, 4) + handler + box("ilst", item));
  const std::string moov = with_items(moov_with("", box("udta", meta)), fox());
  EXPECT_NE(moov.find("encoder"), std::string::npos);
  EXPECT_NE(moov.find("A red fox"), std::string::npos);
}

TEST(Mp4Metadata, ReplacesItsOwnItemsWhenWrittenTwice) {
  const std::string once = with_items(moov_with(""), fox());
  EXPECT_EQ(with_items(once, fox()), once);
}

TEST(Mp4Metadata, TakesUserDataThatQuickTimeEndsWithZero) {
  const std::string name = box("name", "x");
  const std::string moov = with_items(moov_with("", box("udta", name + big_endian(0, 4))), fox());
  EXPECT_NE(moov.find("A red fox"), std::string::npos);
}

TEST(Mp4Metadata, KeepsXmpOfOthersAndAddsWhatItDoesNotSay) {
  const std::string own(std::string(xmp_uuid()) + "<rdf:RDF><a/></rdf:RDF>");
  const std::string added = xmp_content(own, fox());
  EXPECT_NE(added.find("<a/>"), std::string::npos);
  EXPECT_NE(added.find("trainedAlgorithmicMedia"), std::string::npos);
  EXPECT_EQ(xmp_content(added, fox()), added);
  EXPECT_EQ(xmp_content(std::string(xmp_uuid()) + "no XML", fox()), "");
}

TEST(Mp4Metadata, EscapesXml) {
  Metadata hostile = fox();
  hostile.prompt = "</rdf:RDF><x a=\"&\">\x1b[2J\u202e";
  const std::string xmp = xmp_content("", hostile);
  EXPECT_EQ(xmp.find("</rdf:RDF>"), xmp.rfind("</rdf:RDF>"));
  EXPECT_EQ(xmp.find('\x1b'), std::string::npos);
}

class MetadataFile : public testing::Test {
 protected:
  std::string write(const std::string& bytes) {
    test::write_file(path_, bytes);
    return write_metadata(path_, fox());
  }
  test::TempDir directory_;
  const std::string path_ = directory_.file("clip.mp4");
};

TEST_F(MetadataFile, MovesChunkOffsetsWithTheChunks) {
  const std::string begin = box("ftyp", "mp42");
  const std::string table = chunk_table(begin.size() + moov_with(chunk_table(0)).size() + 8);
  EXPECT_EQ(write(begin + moov_with(table) + box("mdat", "pictures")), "");
  const std::string file = test::read_file(path_);
  const std::size_t at = file.find("stco") + 12;
  EXPECT_EQ(number(file, at, 4), file.find("pictures"));
}

TEST_F(MetadataFile, UsesPaddingBehindTheIndex) {
  const std::string begin = box("ftyp", "mp42");
  const std::string padding = box("free", std::string(8192, '\0'));
  const std::string table =
      chunk_table(begin.size() + moov_with(chunk_table(0)).size() + padding.size() + 8);
  const std::string before = begin + moov_with(table) + padding + box("mdat", "pictures");
  EXPECT_EQ(write(before), "");
  EXPECT_EQ(test::read_file(path_).find("pictures"), before.find("pictures"));
}

TEST_F(MetadataFile, StaysAsItIsWhateverIsWrongWithIt) {
  const std::string begin = box("ftyp", "mp42");
  const std::string table = box("stco", big_endian(0, 4) + big_endian(0xFFFFFFFF, 4));
  const std::string meta = box("meta", big_endian(0, 4) + box("hdlr", "short"));
  for (const std::string& rest :
       {std::string("no boxes"), moov_with(table), moov_with(box("stco", "")),
        moov_with("", box("udta", meta)), moov_with("", box("udta", box("meta", ""))),
        moov_with("") + moov_with(""), box("moov", std::string(5, 'x')), moov_with("") + "PK",
        moov_with("") + big_endian(0, 4) + "mdat", moov_with("") + big_endian(1, 4) + "mdat",
        std::string(box("trak", "")), moov_with("") + box("moof", "")}) {
    const std::string before = begin + rest;
    EXPECT_NE(write(before), "") << rest;
    EXPECT_EQ(test::read_file(path_), before);
  }
}

TEST_F(MetadataFile, SaysWhatCannotBeRead) {
  EXPECT_THROW(write_metadata(directory_.file("none.mp4"), fox()), Error);
}

}  // namespace
}  // namespace airforce::cli::mp4
