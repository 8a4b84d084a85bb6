// SPDX-License-Identifier: LGPL-2.1-or-later
// `GET …/stream`: an event for each change of a task, until its final one.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "server/exchange.h"
#include "server/misbehave.h"
#include "server/task_json.h"
#include "service/service.h"

namespace airforce::simulator {

class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  /// Answers the exchange with the stream, which continues until the task is final or the client
  /// leaves. The references outlive every exchange.
  static void start(const std::shared_ptr<Exchange>& exchange, const PortContext& context,
                    Service& service, const TaskJson& json, const Task& task);

  EventStream(Service& service, const TaskJson& json, const Task& task, std::optional<Fault> fault,
              Dialect dialect);

 private:
  void begin();
  void step();
  void send(const TaskView& view, const Task& task);
  void send_error(const std::string& message);
  void comment(const char* text);
  void write(std::string text);
  void wait(Duration duration);

  Service& service_;
  const TaskJson& json_;
  std::string id_;
  std::optional<Fault> fault_;
  Dialect dialect_;
  std::shared_ptr<QueueSource> queue_ = std::make_shared<QueueSource>();
  std::optional<TaskView> shown_;
  Duration quiet_{};
  LoopSource timer_;
};

}  // namespace airforce::simulator
