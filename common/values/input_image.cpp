// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/input_image.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "values/glib_ptr.h"

namespace airforce {
namespace {

// The bytes move to the end of the text's room. What is written from its beginning grows by 4 for
// each 3 that are read, and so never reaches what is still to be read.
void encode_base64(std::string& text) {
  const std::size_t size = text.size();
  text.resize(base64_size(size));
  const std::size_t begin = text.size() - size;
  std::memmove(text.data() + begin, text.data(), size);
  std::array<guchar, 3 * 1024> piece{};  // read before its place is written to
  gint state = 0;
  gint save = 0;
  std::size_t written = 0;
  for (std::size_t read = 0; read < size;) {
    const std::size_t count = std::min(piece.size(), size - read);
    std::memcpy(piece.data(), text.data() + begin + read, count);
    read += count;
    std::array<char, 4 * 1024 + 8> encoded{};
    std::size_t length =
        g_base64_encode_step(piece.data(), count, FALSE, encoded.data(), &state, &save);
    if (read == size)
      length += g_base64_encode_close(FALSE, encoded.data() + length, &state, &save);
    std::memcpy(text.data() + written, encoded.data(), length);
    written += length;
  }
}

}  // namespace

std::size_t base64_size(std::size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

InputImage image_of_url(std::string url) {
  InputImage image;
  image.url = std::move(url);
  return image;
}

InputImage image_of_bytes(std::string bytes, std::string identity) {
  InputImage image;
  if (identity.empty()) image.sha256 = sha256(bytes);
  image.identity = std::move(identity);
  encode_base64(bytes);
  image.base64 = std::make_shared<const std::string>(std::move(bytes));
  return image;
}

std::string sha256(std::string_view text) {
  const GCharPtr digest(g_compute_checksum_for_data(
      G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(text.data()), text.size()));
  return digest.get();
}

}  // namespace airforce
