// SPDX-License-Identifier: LGPL-2.1-or-later
// Which proxy to use, by the environment.
#pragma once

#include <string>

#include <gio/gio.h>

#include "values/glib_ptr.h"

namespace airforce::http {

// As curl and others read them: http_proxy, https_proxy, all_proxy, no_proxy, in either case.
struct ProxyEnvironment {
  std::string http;
  std::string https;
  std::string all;
  std::string none;  // host names (each with what is below it), addresses, networks; "*": no proxy
};

ProxyEnvironment proxy_environment();

// nullptr where the environment names no proxy: then the system's settings count. This machine is
// never reached through a proxy.
GObjectPtr<GProxyResolver> make_proxy_resolver(const ProxyEnvironment& environment);

}  // namespace airforce::http
