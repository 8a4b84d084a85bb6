// SPDX-License-Identifier: LGPL-2.1-or-later
// Stream and poll feed one picture of the task. Pure.
#pragma once

#include "values/task.h"

namespace airforce {

class TaskReducer {
 public:
  explicit TaskReducer(Task task) : task_(std::move(task)) {}

  // What a GET reported. Returns whether anything that a user sees has changed. Progress never goes
  // back, nor does running to queued; the first final state wins.
  bool polled(const Task& news);
  // What the stream reported: only a hint, so a final state in it is not taken but asked for, see
  // wants_poll().
  bool hinted(const Task& news);

  // The stream reported a final state that no GET has confirmed yet.
  bool wants_poll() const { return hinted_final_ && !done(); }
  bool done() const { return is_final(task_.status); }
  const Task& task() const { return task_; }

 private:
  bool is_ours(const Task& news) const;
  bool merge(const Task& news, bool final_allowed);

  Task task_;
  bool hinted_final_ = false;
};

}  // namespace airforce
