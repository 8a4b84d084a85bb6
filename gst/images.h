// SPDX-License-Identifier: LGPL-2.1-or-later
// The bin's request pads, and the picture that each of them takes in one start.
#pragma once

#include <condition_variable>
#include <functional>
#include <string>
#include <vector>

#include <gst/gst.h>

#include "core.h"
#include "png_encoder.h"
#include "values/guarded.h"

namespace airforce::gst {

// A picture, and the pad that it came from.
struct Image {
  std::string pad;
  Sample sample;
};

// Whether it is a frame that has yet to be encoded.
bool is_raw(GstCaps* caps);

// Why it can't be used; nothing has been bought yet.
Failure image_failure(const std::string& message);

class Images {
 public:
  // `element` owns this and outlives it.
  explicit Images(GstElement* element) : element_(element) {}
  Images(const Images&) = delete;
  Images& operator=(const Images&) = delete;

  // A new pad of that name, or of the first free one for a `name` without a number or nullptr.
  // nullptr while started: the request is on its way.
  GstPad* request(GstPadTemplate* pad_template, const char* name);
  // From any state. A picture that has arrived stays; one that hasn't never will.
  void release(GstPad* pad);

  // Before the pads are activated: each waits for one picture.
  void start();
  // Forgets what has arrived.
  void stop();

  // The pads whose picture hasn't arrived yet, as a list for a person; "" for none.
  std::string awaited() const;
  // Blocks until all pads have their picture, and gives them by the numbers of the pads. Throws
  // Failure as soon as one is known never to come. Gives none if `cancelled`, which is asked now
  // and after each wake(), with the lock held.
  std::vector<Image> wait(const std::function<bool()>& cancelled);
  void wake();

 private:
  struct Input {
    GstPad* pad;  // owned by the element
    unsigned number;
    std::string name;
    Sample sample;  // once it is available, until wait() has given it
    bool is_taken = false;
  };

  static GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* buffer);
  static gboolean event(GstPad* pad, GstObject* parent, GstEvent* event);
  bool take(GstPad* pad, GstBuffer* buffer);
  void refuse(GstPad* pad, const std::string& why);

  GstElement* const element_;

  struct Inputs {
    std::vector<Input> all;  // by number
    std::string refusal;     // why a picture will never come; "" while they all may
    bool is_started = false;

    Input* awaited_at(GstPad* pad);  // nullptr if it waits for nothing
    unsigned number_for(const char* name) const;
  };
  // Locked before an item's lock; no pad is added, activated or removed with it held.
  Guarded<Inputs> inputs_;
  std::condition_variable changed_;
};

}  // namespace airforce::gst
