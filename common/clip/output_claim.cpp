// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/output_claim.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

#include "values/glib_ptr.h"
#include "values/link_target.h"

namespace airforce {
namespace {

namespace fs = std::filesystem;

// A name that was given back stays taken while a program that this process starts in that moment
// has a copy of the socket, which is until it is executed.
constexpr int kMaxClaimAttempts = 20;
constexpr gulong kWaitMicroseconds = 25'000;

// The directory by device and inode, so that every path to it gives the same name.
std::string canonical_name(const std::string& path) {
  std::error_code error;
  const fs::path target = link_target(path);
  const fs::path directory = target.has_parent_path() ? target.parent_path() : fs::path(".");
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0) return fs::absolute(target, error).string();
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) + "/" +
         target.filename().string();
}

}  // namespace

std::optional<OutputClaim> OutputClaim::take(const std::string& path) {
  // A socket in the abstract namespace: binding it is atomic, and the kernel frees the name with
  // the process.
  const std::string claimed = std::to_string(getuid()) + "\n" + canonical_name(path);
  const GCharPtr digest(g_compute_checksum_for_data(
      G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(claimed.data()), claimed.size()));
  const std::string name = std::string("airforce-video/output/") + digest.get();
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return OutputClaim(UniqueFd());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());  // sun_path[0] stays 0
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  for (int tries = 1;; ++tries) {
    const int result = bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size);
    if (result == 0 || errno != EADDRINUSE) return OutputClaim(std::move(socket));
    if (tries == kMaxClaimAttempts) return std::nullopt;
    g_usleep(kWaitMicroseconds);
  }
}

}  // namespace airforce
