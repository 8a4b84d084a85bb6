// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

struct redisContext;

namespace airforce {

// Whether this build can do rediss://.
bool redis_has_tls();
// Starts TLS on a fresh connection; the certificate must be valid for `host` and signed by one that
// the system trusts (SSL_CERT_FILE and SSL_CERT_DIR may say otherwise). Returns what went wrong, or
// "".
std::string start_redis_tls(redisContext* context, const std::string& host);

}  // namespace airforce
