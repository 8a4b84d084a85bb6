// SPDX-License-Identifier: LGPL-2.1-or-later
// A task: its fixed facts, its plan, and how it looks at a given time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "service/clip.h"
#include "service/request.h"
#include "service/time.h"

namespace airforce::simulator {

/// How a task is going to go.
struct Plan {
  std::string ending = "completed";  ///< or "failed", "expired"
  std::string error_type;            ///< for "failed"
  std::string error_message;
  std::string shown_status;     ///< in place of "running", if not empty
  bool backwards = false;       ///< progress goes back
  std::optional<int> charge;    ///< cents that are charged, if not the price
  std::string refund = "zero";  ///< of a task that fails: "zero" (cost_cents is 0 then), "silent"
                                ///< (cost_cents stays) or "none"
  double url_late = 0;          ///< seconds between "completed" and its result_url
  std::string url_form;         ///< "relative", "scheme-relative"; empty: absolute
};

struct Task {
  std::string id;
  int64_t number = 0;  ///< an id, too: for services whose ids are numbers
  std::string key;     ///< the owner's
  Request request;
  std::string image_url;  ///< of its first image, where that was given by URL
  int cost_cents = 0;
  bool charged = false;  ///< cost_cents has been taken from the balance
  Time created;
  Time runs_at;      ///< until then it is queued
  Time ends_at;      ///< the earliest time of its end; it may have to wait for the renderer
  Time finished_at;  ///< when it became final
  Time expires_at;   ///< the result is purged then; a task still in flight expires

  Plan plan;
  std::shared_ptr<const Clip> clip;  ///< set when it is rendered
  std::string render_error;          ///< set when it could not be
  bool final = false;  ///< it has reached its planned ending; slot and money are settled
  bool refunded = false;

  /// Part of what signs its URLs: raising it revokes all that were given out so far.
  int url_generation = 0;
};

/// A task as the API shows it.
struct TaskView {
  std::string status;
  std::optional<int> progress;
  bool has_result = false;  ///< the clip can be downloaded
  bool operator==(const TaskView&) const = default;
};

/// How the task looks at that time.
TaskView view_of(const Task& task, Time now);

/// The next time at which it looks different; nullopt: not before something happens to it, or
/// never again.
std::optional<Time> next_change(const Task& task, Time now);

}  // namespace airforce::simulator
