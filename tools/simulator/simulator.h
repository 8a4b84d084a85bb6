// SPDX-License-Identifier: LGPL-2.1-or-later
// The whole simulator: the service, the renderer that renders for it, and the two ports.
//
// Layers, each knowing only those above it in this list:
//   service/  the API's rules: models, requests, tasks, balances, faults' grammar. No I/O.
//   render/   clips and pictures, in threads of their own. Knows requests.
//   server/   HTTP: exchanges, endpoints, event streams, the CDN, what faults do. Main loop only.
//   options, child, main: the program.
#pragma once

#include <cstdio>
#include <string>

#include "options.h"
#include "render/scene_renderer.h"
#include "server/api.h"
#include "server/cdn.h"
#include "server/control.h"
#include "server/listener.h"
#include "server/request_log.h"

namespace airforce::simulator {

class Simulator {
 public:
  /// Listens when it returns; serves while the default main loop runs. Requests are logged to
  /// `log` (not owned; may be nullptr). Throws std::runtime_error if it can't start.
  Simulator(const Options& options, FILE* log);

  /// What AIRFORCE_BASE_URL has to be.
  [[nodiscard]] std::string base_url() const { return api_port_.origin(); }
  [[nodiscard]] std::string cdn_url() const { return cdn_port_.origin(); }
  [[nodiscard]] RequestLog& log() { return log_; }

 private:
  void handle_api(Listener& listener, const std::shared_ptr<Exchange>& exchange);
  void handle_cdn(Listener& listener, const std::shared_ptr<Exchange>& exchange);
  [[nodiscard]] std::string authorization(const Exchange& exchange) const;
  [[nodiscard]] PortContext context(const std::string& own, const std::string& other);
  /// Calls it after that time, unless the simulator is reset meanwhile.
  void later(double seconds, std::function<void()> call);

  size_t late_requests_ = 0;
  RequestLog log_;
  Service service_;
  Faults faults_;
  UrlSigner signer_;
  SceneRenderer renderer_;
  TaskJson json_;
  Api api_;
  Cdn cdn_;
  Control control_;
  // The ports last: when they go, nothing uses the rest any more.
  Listener cdn_port_;
  Listener api_port_;
};

}  // namespace airforce::simulator
