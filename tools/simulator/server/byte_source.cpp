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

}  // namespace airforce::simulator
