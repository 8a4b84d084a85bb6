// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mp4/metadata_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clip/clip_file.h"
#include "clip/read_fully.h"
#include "mp4/boxes.h"
#include "values/error.h"
#include "values/unique_fd.h"

namespace airforce::cli::mp4 {
namespace {

constexpr std::uint64_t kMaxIndex = 64U << 20U;  // of moov, which is held in memory
constexpr std::uint64_t kMaxXmp = 4U << 20U;
constexpr std::size_t kMaxBoxes = 10'000;
constexpr std::size_t kUuid = 16;
constexpr std::size_t kCopied = std::size_t{1} << 20U;  // at a time

// Why the file stays as it is.
struct LeftOut {
  std::string why;
};

// A part of the new file: of the old one, or new bytes.
struct Piece {
  std::string type;
  std::uint64_t offset = 0;  // in the old file
  std::uint64_t size = 0;    // there
  std::optional<std::string> bytes;
  std::uint64_t place = 0;  // in the new file

  std::uint64_t new_size() const { return bytes ? bytes->size() : size; }
};

class Source {
 public:
  explicit Source(const std::string& path)
      : path_(path), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    if (!file_ || fstat(file_.get(), &status_) != 0) fail(errno);
  }

  std::uint64_t size() const { return static_cast<std::uint64_t>(status_.st_size); }

  // Short only at the end of the file.
  std::size_t read(std::uint64_t offset, char* to, std::size_t count) const {
    try {
      return read_fully(file_.get(), offset, {to, count});
    } catch (const std::system_error& error) {
      fail(error.code().value());
    }
  }

  std::string bytes(std::uint64_t offset, std::uint64_t count) const {
    std::string text(count, '\0');
    text.resize(read(offset, text.data(), text.size()));
    return text;
  }

  // Whether the name still means this file.
  bool is_current() const {
    struct stat now {};
    return stat(path_.c_str(), &now) == 0 && now.st_dev == status_.st_dev &&
           now.st_ino == status_.st_ino && now.st_size == status_.st_size;
  }

 private:
  [[noreturn]] void fail(int error) const {
    throw Error(ErrorKind::File, Step::Download,
                "cannot read '" + path_ + "': " + std::strerror(error));
  }

  const std::string path_;
  const UniqueFd file_;
  struct stat status_ {};
};

std::vector<Piece> pieces_of(const Source& source) {
  std::vector<Piece> pieces;
  std::uint64_t at = 0;
  while (at < source.size()) {
    const std::string head = source.bytes(at, 16);
    if (head.size() < 8 || pieces.size() == kMaxBoxes) throw LeftOut{"more follows its boxes"};
    std::uint64_t size = number(head, 0, 4);
    if (size == 0) throw LeftOut{"its last box has no length"};
    if (size == 1) size = number(head, 8, 8);
    if (size < 8 || size > source.size() - at) throw LeftOut{"more follows its boxes"};
    pieces.push_back({head.substr(4, 4), at, size, {}, 0});
    at += size;
  }
  return pieces;
}

// Puts `delta` more bytes of the index where padding behind it was, so that nothing moves.
void use_padding(std::vector<Piece>& pieces, std::size_t moov) {
  const std::uint64_t grown = pieces[moov].new_size() - pieces[moov].size;
  if (moov + 1 >= pieces.size() || pieces[moov].new_size() < pieces[moov].size) return;
  Piece& next = pieces[moov + 1];
  if (next.type != "free" && next.type != "skip") return;
  if (next.size == grown)
    next.bytes = "";
  else if (next.size >= grown + 8 && next.size < kMaxIndex)
    next.bytes = box(next.type, std::string(next.size - grown - 8, '\0'));
}

std::uint64_t moved(std::uint64_t offset, const std::vector<Piece>& pieces) {
  auto after = std::upper_bound(
      pieces.begin(), pieces.end(), offset,
      [](std::uint64_t value, const Piece& piece) { return value < piece.offset; });
  if (after == pieces.begin()) return offset;
  const Piece& piece = *--after;
  return piece.bytes || offset - piece.offset >= piece.size ? offset
                                                            : offset - piece.offset + piece.place;
}

// The chunk offsets of one track (stco or co64).
void move_chunks(Box& table, const std::vector<Piece>& pieces) {
  const std::size_t width = table.type == "co64" ? 8 : 4;
  const std::uint64_t count = number(table.content, 4, 4);
  if (count > (table.content.size() - 8) / width) throw LeftOut{"its index is cut"};
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t at = 8 + i * width;
    const std::uint64_t place = moved(number(table.content, at, width), pieces);
    if (width == 4 && place > UINT32_MAX) throw LeftOut{"it is too large for its index"};
    put(table.content, at, width, place);
  }
}

std::string with_moved_chunks(const std::string& moov, const std::vector<Piece>& pieces) {
  auto outer = boxes_of(moov);
  auto boxes = boxes_of(outer.front().content);
  for (Box& trak : boxes) {
    if (trak.type != "trak") continue;
    auto in_trak = boxes_of(trak.content);
    auto in_mdia = boxes_of(get_box(in_trak, "mdia").content);
    auto in_minf = boxes_of(get_box(in_mdia, "minf").content);
    auto in_stbl = boxes_of(get_box(in_minf, "stbl").content);
    for (Box& table : in_stbl) {
      if (table.type == "stco" || table.type == "co64") move_chunks(table, pieces);
      if (table.type == "saio") throw LeftOut{"it is encrypted"};
    }
    get_box(in_minf, "stbl").content = joined(in_stbl);
    get_box(in_mdia, "minf").content = joined(in_minf);
    get_box(in_trak, "mdia").content = joined(in_mdia);
    trak.content = joined(in_trak);
  }
  return box("moov", joined(boxes));
}

std::uint64_t place_all(std::vector<Piece>& pieces) {
  std::uint64_t place = 0;
  for (Piece& piece : pieces) {
    piece.place = place;
    place += piece.new_size();
  }
  return place;
}

void set_xmp(std::vector<Piece>& pieces, const Source& source, const Metadata& metadata) {
  for (Piece& piece : pieces) {
    if (piece.type != "uuid" || piece.size < 8 + kUuid) continue;
    const std::string uuid = source.bytes(piece.offset + 8, kUuid);
    if (uuid == c2pa_uuid()) throw LeftOut{"it is signed (C2PA)"};
    if (uuid != xmp_uuid()) continue;
    if (piece.size > kMaxXmp) throw LeftOut{"its own XMP is too large"};
    const std::string content =
        xmp_content(source.bytes(piece.offset + 8, piece.size - 8), metadata);
    if (content.empty()) throw LeftOut{"its own XMP cannot be added to"};
    piece.bytes = box("uuid", content);
    return;
  }
  pieces.push_back({"uuid", source.size(), 0, box("uuid", xmp_content("", metadata)), 0});
}

std::vector<Piece> new_pieces(const Source& source, const Metadata& metadata) {
  std::vector<Piece> pieces = pieces_of(source);
  const auto is_type = [](const char* type) {
    return [type](const Piece& piece) { return piece.type == type; };
  };
  if (std::any_of(pieces.begin(), pieces.end(), is_type("moof"))) throw LeftOut{"it is fragmented"};
  if (std::count_if(pieces.begin(), pieces.end(), is_type("moov")) != 1)
    throw LeftOut{"it has not one moov"};
  set_xmp(pieces, source, metadata);
  const auto moov = static_cast<std::size_t>(
      std::find_if(pieces.begin(), pieces.end(), is_type("moov")) - pieces.begin());
  if (pieces[moov].size > kMaxIndex) throw LeftOut{"its index is too large"};
  pieces[moov].bytes = with_items(source.bytes(pieces[moov].offset, pieces[moov].size), metadata);
  use_padding(pieces, moov);
  place_all(pieces);
  pieces[moov].bytes = with_moved_chunks(*pieces[moov].bytes, pieces);
  return pieces;
}

void copy(const Source& source, const Piece& piece, ClipFile& file) {
  std::vector<char> buffer(std::min<std::uint64_t>(kCopied, piece.size));
  for (std::uint64_t done = 0; done < piece.size;) {
    const std::size_t count = source.read(
        piece.offset + done, buffer.data(),
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), piece.size - done)));
    if (count == 0) throw LeftOut{"it has changed meanwhile"};
    file.write(piece.place + done, {buffer.data(), count});
    done += count;
  }
}

}  // namespace

std::string write_metadata(const std::string& path, const Metadata& metadata, ClipFile* to,
                           GCancellable* cancellable) {
  try {
    const Source source(path);
    const std::vector<Piece> pieces = new_pieces(source, metadata);
    std::optional<ClipFile> own;
    ClipFile& file = to != nullptr ? *to : own.emplace(path, "");
    for (const Piece& piece : pieces) {
      if (piece.bytes)
        file.write(piece.place, {piece.bytes->data(), piece.bytes->size()});
      else
        copy(source, piece, file);
    }
    if (!source.is_current()) return "it has changed meanwhile";
    if (!file.commit(pieces.back().place + pieces.back().new_size(), cancellable))
      throw Error(ErrorKind::Cancelled, Step::Download, "cancelled");
    return {};
  } catch (const LeftOut& left_out) {
    return left_out.why;
  } catch (const std::system_error& error) {
    throw Error(ErrorKind::File, Step::Download, error.what());
  } catch (const Error& error) {
    if (error.kind == ErrorKind::Clip) return error.message;
    throw;
  }
}

bool lacks_metadata(const std::string& path) {
  try {
    const Source source(path);
    for (const Piece& piece : pieces_of(source)) {
      if (piece.type != "moov" || piece.size > kMaxIndex) continue;
      if (has_items(source.bytes(piece.offset, piece.size))) return false;
    }
    return !new_pieces(source, {}).empty();
  } catch (const LeftOut&) {
    return false;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace airforce::cli::mp4
