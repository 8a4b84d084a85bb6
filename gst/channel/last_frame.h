// SPDX-License-Identifier: LGPL-2.1-or-later
// The last displayed frame of a task's clip as a PNG, decoded in a pipeline of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <gst/gst.h>

#include "channel/continuation.h"
#include "gstreamer/gst_ptr.h"
#include "values/guarded.h"

namespace airforce::gst {

class PngEncoder;

class LastFrame {
 public:
  // `source` is an airforcevideosrc with the task's id and the account, whose pictures are shown
  // with other colours. `changed` is called from a thread of this, with no lock held, once there is
  // an outcome.
  LastFrame(GstElement* source, std::string task_id, const ColourMatch& colour,
            std::function<void()> changed);
  // Cancels, and waits for the thread.
  ~LastFrame();
  LastFrame(const LastFrame&) = delete;
  LastFrame& operator=(const LastFrame&) = delete;

  struct Outcome {
    std::shared_ptr<GstBuffer> picture;  // a PNG; null: `reason` says why
    std::shared_ptr<const Cells> cells;  // of the same
    std::string reason;
  };
  // Unset while it is being decoded.
  std::optional<Outcome> outcome() const { return *outcome_.lock(); }
  const std::string& task_id() const { return task_id_; }

 private:
  static void pad_added(GstElement* source, GstPad* pad, gpointer sink);
  Outcome decode();

  const std::string task_id_;
  const ColourMatch colour_;
  const std::function<void()> changed_;
  Ref<GstElement> pipeline_;
  Ref<GstElement> sink_;
  std::atomic<bool> cancelled_{false};
  Guarded<std::optional<Outcome>> outcome_;
  Guarded<PngEncoder*> encoder_{nullptr};  // while it encodes
  std::thread thread_;                     // uses all
};

}  // namespace airforce::gst
