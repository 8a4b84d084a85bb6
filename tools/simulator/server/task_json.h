// SPDX-License-Identifier: LGPL-2.1-or-later
// A task as JSON: what a poll, the list and the event stream say of it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "service/dialect.h"
#include "service/fault.h"
#include "service/json_text.h"
#include "service/signed_url.h"
#include "service/task.h"

namespace airforce::simulator {

class TaskJson {
 public:
  /// `cdn_origin` is asked each time: the port may not be known yet.
  TaskJson(Dialect dialect, const UrlSigner& signer, std::function<std::string()> cdn_origin)
      : dialect_(dialect), signer_(signer), cdn_origin_(std::move(cdn_origin)) {}

  [[nodiscard]] JsonObjectText describe(const Task& task, const TaskView& view,
                                        const std::optional<Fault>& fault = {}) const;
  /// The answer to the request that created it.
  [[nodiscard]] JsonObjectText created(const Task& task, const std::optional<Fault>& fault) const;

 private:
  [[nodiscard]] std::string url(const Task& task, const char* extension) const;
  void describe_reference(JsonObjectText& json, const Task& task, const TaskView& view) const;
  void describe_sdk(JsonObjectText& json, const Task& task, const TaskView& view) const;
  void set_cost(JsonObjectText& json, const Task& task) const;
  Dialect dialect_;
  const UrlSigner& signer_;
  std::function<std::string()> cdn_origin_;
};

/// The view, changed as a fault of that request wants it.
TaskView distorted(TaskView view, const std::optional<Fault>& fault);

}  // namespace airforce::simulator
