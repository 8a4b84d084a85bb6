// SPDX-License-Identifier: LGPL-2.1-or-later
// The API's endpoints.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "render/scene_renderer.h"
#include "server/exchange.h"
#include "server/listener.h"
#include "server/misbehave.h"
#include "server/task_json.h"
#include "service/fault.h"
#include "service/service.h"

namespace airforce::simulator {

class Api {
 public:
  /// `context` is asked each time. All outlive every exchange.
  Api(Service& service, Faults& faults, SceneRenderer& renderer, const TaskJson& json,
      std::function<PortContext()> context)
      : service_(service),
        faults_(faults),
        renderer_(renderer),
        json_(json),
        context_(std::move(context)) {}

  /// Handles a request to a path under /v1/.
  void handle(Listener& listener, const std::shared_ptr<Exchange>& exchange);

 private:
  using Ref = std::shared_ptr<Exchange>;

  void carry_out(const Ref& exchange, const std::string& step, const std::string& id);
  void create(const Ref& exchange, const std::string& key);
  void create_with(const Ref& exchange, const std::string& key, const Request& request,
                   std::vector<Picture> images);
  void poll(const Ref& exchange, const std::string& key, const std::string& id);
  void stream(const Ref& exchange, const std::string& key, const std::string& id);
  void list(const Ref& exchange, const std::string& key);
  void remove(const Ref& exchange, const std::string& key, const std::string& id);

  /// Runs it and answers with the ApiError that it throws, if it does.
  void guarded(const Ref& exchange, const std::function<void()>& call);
  Task& task_of(const std::string& key, const std::string& id);
  void answer_json(const Ref& exchange, const std::string& text, int status = 200);
  [[nodiscard]] Dialect dialect() const { return service_.settings().dialect; }

  Service& service_;
  Faults& faults_;
  SceneRenderer& renderer_;
  const TaskJson& json_;
  std::function<PortContext()> context_;
};

/// The key of an Authorization header; empty where there is none or it is of another kind.
std::string bearer_key(const Exchange& exchange);

}  // namespace airforce::simulator
