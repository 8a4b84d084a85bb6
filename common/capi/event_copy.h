// SPDX-License-Identifier: LGPL-2.1-or-later
// An event that outlives the call that reported it. Private to common/capi.
#pragma once

#include <memory>
#include <string>

#include "airforce-video.h"

namespace airforce {

// Copies share what they hold. Empty by default.
class EventCopy {
 public:
  EventCopy() = default;
  explicit EventCopy(const AirforceEvent& event) {
    auto copy = std::make_shared<Held>();
    copy->event = event;
    copy->text = event.text;
    copy->event.text = copy->text.c_str();
    if (event.task != nullptr) {
      copy->task = *event.task;
      const char** const texts[] = {&copy->task.task_id, &copy->task.status, &copy->task.model,
                                    &copy->task.error_type, &copy->task.error_message};
      for (std::size_t i = 0; i < std::size(texts); ++i) {
        copy->task_texts[i] = *texts[i];
        *texts[i] = copy->task_texts[i].c_str();
      }
      copy->event.task = &copy->task;
    }
    held_ = std::move(copy);
  }

  explicit operator bool() const { return held_ != nullptr; }
  const AirforceEvent& get() const { return held_->event; }

 private:
  struct Held {
    AirforceEvent event{};
    AirforceTask task{};
    std::string text;
    std::string task_texts[5];
  };
  std::shared_ptr<const Held> held_;
};

}  // namespace airforce
