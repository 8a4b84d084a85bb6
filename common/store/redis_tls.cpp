// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/redis_tls.h"

#ifdef AIRFORCE_HAVE_REDIS_TLS
#include <memory>

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "values/glib_ptr.h"
#endif

namespace airforce {

#ifdef AIRFORCE_HAVE_REDIS_TLS

bool redis_has_tls() {
  return true;
}

// hiredis's own redisSSLContext does not compare the certificate's name with the host's, so the
// context is OpenSSL's here.
std::string start_redis_tls(redisContext* context, const std::string& host) {
  const std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>> settings(SSL_CTX_new(TLS_client_method()));
  if (settings == nullptr || SSL_CTX_set_default_verify_paths(settings.get()) != 1) {
    return "OpenSSL can't be set up";
  }
  SSL_CTX_set_min_proto_version(settings.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(settings.get(), SSL_VERIFY_PEER, nullptr);

  SSL* ssl = SSL_new(settings.get());  // hiredis owns it once it is handed over
  if (ssl == nullptr) return "OpenSSL can't be set up";
  in6_addr ignored{};
  const bool numeric = inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
                       inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
  const bool named = numeric ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1
                             : SSL_set1_host(ssl, host.c_str()) == 1 &&
                                   SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
  if (!named) {
    SSL_free(ssl);
    return "its name can't be checked";
  }
  if (redisInitiateSSL(context, ssl) == REDIS_OK) return {};
  const long result = SSL_get_verify_result(ssl);
  return result != X509_V_OK ? X509_verify_cert_error_string(result) : context->errstr;
}

#else

bool redis_has_tls() {
  return false;
}

std::string start_redis_tls(redisContext*, const std::string&) {
  return "this build has no TLS for it";
}

#endif

}  // namespace airforce
