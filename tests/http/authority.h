// SPDX-License-Identifier: LGPL-2.1-or-later
// A certificate authority of the test's own, made with the openssl program.
#pragma once

#include <string>

#include <gio/gio.h>

#include "support/temp_dir.h"
#include "values/glib_ptr.h"

namespace airforce::test {

class Authority {
 public:
  Authority();  // throws std::runtime_error

  // The authority's own certificate, a PEM file for whoever is to trust it.
  std::string file() const { return directory_.file("authority.pem"); }
  // A server's certificate, with its key, for `name` ("IP:127.0.0.1", "DNS:api.example"). The times
  // are those of `openssl ca`; by default it is valid now.
  GObjectPtr<GTlsCertificate> issue(const std::string& name,
                                    const std::string& not_before = "20000101000000Z",
                                    const std::string& not_after = "20990101000000Z") const;

 private:
  void openssl(const std::string& arguments) const;

  TempDir directory_;
};

}  // namespace airforce::test
