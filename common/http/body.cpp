// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http/body.h"

#include <algorithm>
#include <span>

namespace airforce::http {

std::string beginning_of_body(ByteStream& stream, double seconds, const Clock& clock,
                              GCancellable* cancellable) {
  constexpr std::size_t kMaxBytes = 64 * 1024;
  std::string body(kMaxBytes, '\0');
  std::size_t size = 0;
  const double end = clock.elapsed() + seconds;
  try {
    while (size < body.size() && clock.elapsed() < end) {
      std::size_t count = 0;
      const auto got = stream.read(std::span(body).subspan(size), count,
                                   std::max(end - clock.elapsed(), 0.0), cancellable);
      if (got != ByteStream::Outcome::Bytes) break;
      size += count;
    }
  } catch (const TransportError& failure) {
    if (failure.kind == TransportError::Kind::Cancelled) throw;
  }
  body.resize(size);
  return body;
}

}  // namespace airforce::http
