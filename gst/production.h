// SPDX-License-Identifier: LGPL-2.1-or-later
// What the element has from READY to PAUSED until READY again: one clip, or a film.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gst/gst.h>

#include "core.h"
#include "decoder.h"
#include "gstreamer/gst_ptr.h"
#include "message_filter.h"

namespace airforce::gst {

class Production {
 public:
  // What the element hears of it, from worker and streaming threads, with no lock held. `serial`
  // distinguishes a late call of one that is gone from one of the current one.
  class Listener {
   public:
    virtual ~Listener() = default;
    // The task's fields have changed.
    virtual void task_changed(guint serial, Structure task) = 0;
    // All pads are there.
    virtual void exposed(guint serial, const Production& production) = 0;
    // It can't continue. Not called when it was cancelled.
    virtual void failed(guint serial, const Failure& failure) = 0;
    // Nobody needs to wait for pads any longer: they are there, or they will never be.
    virtual void settled(guint serial) = 0;
    // Another shot plays, counted from 1.
    virtual void shot_changed(guint serial, unsigned shot) = 0;
  };

  virtual ~Production() = default;

  // Starts the worker. Once.
  virtual void start() = 0;
  // Ends all waiting, here and in streaming threads. Never blocks; from any thread.
  virtual void cancel() = 0;
  // Waits for the worker, which cancel() has been called for, and takes the elements out of the
  // bin. From a thread that is neither a streaming thread nor the worker; see is_worker().
  virtual void join() = 0;
  virtual bool is_worker() const = 0;

  // EOS was sent to the element: ends what plays, or the work on what does not play yet. Never
  // blocks. Takes ownership.
  virtual void end(GstEvent* eos) = 0;

  // Whether a message of a child of the bin may pass.
  virtual bool admit_message(GstMessage*) { return true; }
  // An error of a child. False: it is to be reported now.
  virtual bool take_failure(GstObject*, const Failure&) { return false; }
  virtual void watch_message(GstMessage* message) = 0;
  // Nothing decodes this stream; `message` says so.
  virtual void add_missing(GstMessage* message) = 0;
  // Of the clip that `source` of a message belongs to; its id is "" before there is a task.
  virtual BoughtTask bought(GstObject* source) const = 0;
  virtual const Presentation& presentation() const = 0;
  // After exposed().
  virtual std::size_t count(const char* kind) const = 0;
  virtual std::vector<MissingDecoder> missing() const = 0;  // at any time
};

}  // namespace airforce::gst
