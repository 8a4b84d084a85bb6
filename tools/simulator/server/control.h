// SPDX-License-Identifier: LGPL-2.1-or-later
// `/simulator/…`: for tests that look into the simulator, or change its faults while it runs.
#pragma once

#include <functional>
#include <memory>

#include "server/exchange.h"
#include "server/request_log.h"
#include "service/fault.h"
#include "service/service.h"

namespace airforce::simulator {

class Control {
 public:
  Control(Service& service, Faults& faults, RequestLog& log, std::function<size_t()> open_exchanges,
          std::function<size_t()> late_requests)
      : service_(service),
        faults_(faults),
        log_(log),
        open_exchanges_(std::move(open_exchanges)),
        late_requests_(std::move(late_requests)) {}

  /// Whether a path is one of these.
  static bool owns(const std::string& path) { return path.starts_with("/simulator/"); }

  void handle(const std::shared_ptr<Exchange>& exchange);

 private:
  [[nodiscard]] std::string state();
  void add_faults(const std::string& lines);

  Service& service_;
  Faults& faults_;
  RequestLog& log_;
  std::function<size_t()> open_exchanges_;
  std::function<size_t()> late_requests_;
};

}  // namespace airforce::simulator
