// SPDX-License-Identifier: LGPL-2.1-or-later
// Pre-signed URLs: a path, the time at which it stops working, and an HMAC over both.
#pragma once

#include <cstdint>
#include <string>

namespace airforce::simulator {

class UrlSigner {
 public:
  /// With a new random secret.
  UrlSigner();

  /// "expires=…&signature=…". Raising `generation` revokes what was signed before.
  [[nodiscard]] std::string query(const std::string& path, int64_t expires, int generation) const;

  /// Whether that signature is ours for that path, time and generation.
  [[nodiscard]] bool accepts(const std::string& path, const std::string& expires, int generation,
                             const std::string& signature) const;

 private:
  [[nodiscard]] std::string signature(const std::string& path, const std::string& expires,
                                      int generation) const;
  std::string secret_;
};

}  // namespace airforce::simulator
