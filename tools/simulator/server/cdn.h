// SPDX-License-Identifier: LGPL-2.1-or-later
// The second origin: clips and thumbnails behind pre-signed URLs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server/exchange.h"
#include "server/listener.h"
#include "server/misbehave.h"
#include "service/fault.h"
#include "service/service.h"
#include "service/signed_url.h"

namespace airforce::simulator {

class Cdn {
 public:
  Cdn(Service& service, Faults& faults, const UrlSigner& signer, int64_t bandwidth,
      std::function<PortContext()> context)
      : service_(service),
        faults_(faults),
        signer_(signer),
        pacer_(bandwidth),
        context_(std::move(context)) {}

  void handle(Listener& listener, const std::shared_ptr<Exchange>& exchange);

 private:
  using Ref = std::shared_ptr<Exchange>;

  void serve(const Ref& exchange, const std::string& id, bool thumbnail);
  void serve_thumbnail(const Ref& exchange, const Clip& clip);
  void serve_clip(const Ref& exchange, Task& task);
  void refuse(const Ref& exchange, int status, const char* code, const char* message);

  Service& service_;
  Faults& faults_;
  const UrlSigner& signer_;
  Pacer pacer_;
  std::function<PortContext()> context_;
};

}  // namespace airforce::simulator
