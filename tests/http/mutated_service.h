// SPDX-License-Identifier: LGPL-2.1-or-later
// A service on this machine whose answers and events have any value in any field that is only
// shown, for the front ends.
#pragma once

#include <string>
#include <vector>

#include "local_server.h"

namespace airforce::test {

// Tasks `vid_0`, `vid_1` and so on are completed, and each has one mutation (values/mutations.h) of
// the answer about it. Tasks `live_0`, `live_1` and so on run until their event stream was read to
// its end, which has all mutations of one field; that of a task without an event stream yet does
// not end. A create makes the next `live_` task, and its answer has a mutation as well.
class MutatedService {
 public:
  MutatedService();

  std::string url() const { return server_.url(); }
  const std::vector<std::string>& completed() const { return completed_; }
  const std::vector<std::string>& live() const { return live_; }
  std::size_t models() const { return model_answers_.size(); }
  int creates() const;

 private:
  std::string answer_about(const std::string& task_id) const;
  void handle(SoupServerMessage* message);

  std::vector<std::string> completed_;      // ids
  std::vector<std::string> live_;           // ids
  std::vector<std::string> answers_;        // about completed tasks, all of them as "vid_1"
  std::vector<std::string> event_streams_;  // of live tasks
  std::vector<std::string> model_answers_;
  mutable std::mutex mutex_;
  std::map<std::string, bool> has_streamed_;  // under mutex_
  int creates_ = 0;                           // likewise
  LocalServer server_;                        // the last: its thread uses all others
};

}  // namespace airforce::test
