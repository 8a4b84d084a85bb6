// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/signed_url.h"

#include <memory>

#include <glib.h>

namespace airforce::simulator {

UrlSigner::UrlSigner() {
  for (int i = 0; i < 8; ++i) secret_ += std::to_string(g_random_int());
}

std::string UrlSigner::signature(const std::string& path, const std::string& expires,
                                 int generation) const {
  const std::string text = path + "\n" + expires + "\n" + std::to_string(generation);
  const std::unique_ptr<char, decltype(&g_free)> hmac(
      g_compute_hmac_for_string(G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(secret_.data()),
                                secret_.size(), text.data(), static_cast<gssize>(text.size())),
      g_free);
  return hmac.get();
}

std::string UrlSigner::query(const std::string& path, int64_t expires, int generation) const {
  const std::string time = std::to_string(expires);
  return "expires=" + time + "&signature=" + signature(path, time, generation);
}

bool UrlSigner::accepts(const std::string& path, const std::string& expires, int generation,
                        const std::string& candidate) const {
  return signature(path, expires, generation) == candidate;
}

}  // namespace airforce::simulator
