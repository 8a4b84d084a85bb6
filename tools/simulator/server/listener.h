// SPDX-License-Identifier: LGPL-2.1-or-later
// A port on 127.0.0.1 that turns requests into exchanges.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include <libsoup/soup.h>

#include "server/exchange.h"

namespace airforce::simulator {

class Listener {
 public:
  using Handler = std::function<void(Listener&, const std::shared_ptr<Exchange>&)>;

  /// Listens on that port, or on a free one if it is 0. A connection on which no whole request
  /// comes for `client_timeout` seconds is closed. Throws std::runtime_error if it can't listen.
  Listener(int port, double client_timeout, RequestLog& log, Clock clock, Handler handler);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] int port() const { return port_; }
  /// "http://127.0.0.1:PORT"
  [[nodiscard]] std::string origin() const;

  /// Requests that have not ended yet.
  [[nodiscard]] size_t open_exchanges() const { return open_->size(); }

  /// Drops all connections, and refuses new ones for a time.
  void refuse(double seconds);

 private:
  void listen();
  void watch(SoupServerMessage* message);
  void check_body_size(SoupServerMessage* message);
  void take(SoupServerMessage* message);
  void drop_connections();

  Object<SoupServer> server_;
  RequestLog& log_;
  Clock clock_;
  Handler handler_;
  int port_;
  double client_timeout_;
  std::shared_ptr<goffset> announced_ = std::make_shared<goffset>(0);  // bytes of bodies that come
  using OpenExchanges = std::set<std::shared_ptr<Exchange>>;
  std::shared_ptr<OpenExchanges> open_ = std::make_shared<OpenExchanges>();
  LoopSource reopening_;
};

}  // namespace airforce::simulator
