// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/byte_source.h"

#include <algorithm>

#include <unistd.h>

namespace airforce::simulator {

std::string FileSource::read(size_t limit) {
  std::string piece(std::min<int64_t>(static_cast<int64_t>(limit), left_), '\0');
  const ssize_t got = pread(clip_->file.get(), piece.data(), piece.size(), offset_);
  // The file of a --clip may have been cut meanwhile: then the body is just short.
  if (got <= 0) {
    left_ = 0;
    return {};
  }
  piece.resize(static_cast<size_t>(got));
  offset_ += got;
  left_ -= got;
  return piece;
}

std::string PaddingSource::read(size_t limit) {
  if (!before_.empty()) return std::exchange(before_, {});
  if (left_ > 0) {
    std::string piece(std::min<int64_t>(static_cast<int64_t>(limit), left_), 'x');
    left_ -= static_cast<int64_t>(piece.size());
    return piece;
  }
  return std::exchange(behind_, {});
}

std::string EndlessSource::read(size_t limit) {
  std::string piece = before_.substr(0, limit);
  before_.erase(0, piece.size());
  // Whole pieces only: one that was cut would be followed by its beginning.
  while (piece.size() < limit && before_.empty()) {
    before_ = piece_;
    const std::string part = before_.substr(0, limit - piece.size());
    piece += part;
    before_.erase(0, part.size());
  }
  return piece;
}

GzipSource::GzipSource(std::shared_ptr<ByteSource> plain)
    : plain_(std::move(plain)),
      compressor_(G_CONVERTER(g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1))) {
  plain_->on_more = [this] {
    if (on_more) on_more();
  };
}

std::string GzipSource::read(size_t limit) {
  if (ready_.empty() && !ended_) {
    const std::string piece = plain_->read(limit);
    if (!piece.empty() || plain_->finished()) compress(piece, plain_->finished());
  }
  std::string part = ready_.substr(0, limit);
  ready_.erase(0, part.size());
  return part;
}

void GzipSource::compress(const std::string& piece, bool last) {
  size_t used = 0;
  for (;;) {
    char out[4096];
    gsize read = 0;
    gsize written = 0;
    const GConverterResult result = g_converter_convert(
        compressor_.get(), piece.data() + used, piece.size() - used, out, sizeof out,
        last ? G_CONVERTER_INPUT_AT_END : G_CONVERTER_FLUSH, &read, &written, nullptr);
    used += read;
    ready_.append(out, written);
    if (result == G_CONVERTER_FINISHED || result == G_CONVERTER_ERROR) ended_ = true;
    if (result != G_CONVERTER_CONVERTED) return;
  }
}

}  // namespace airforce::simulator
