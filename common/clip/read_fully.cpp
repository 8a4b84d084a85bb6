// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/read_fully.h"

#include <cerrno>
#include <system_error>

#include <unistd.h>

namespace airforce {

std::size_t read_fully(int descriptor, std::uint64_t offset, std::span<char> buffer) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const auto count = pread(descriptor, buffer.data() + done, buffer.size() - done,
                             static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category());
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

}  // namespace airforce
