// SPDX-License-Identifier: LGPL-2.1-or-later
// A seek that came before there was anything to seek in.
#pragma once

#include <gst/gst.h>

#include "gstreamer/gst_ptr.h"
#include "values/guarded.h"

namespace airforce::gst {

// Where a clip begins, as whoever plays it wished while it was made. The last wish counts; from any
// thread.
class PendingSeek {
 public:
  // Whether a seek can wait: it goes to a time, and changes more than the rate of what is playing.
  static bool can_wait(GstEvent* seek);

  // False once take() was called: there are pads then that can be asked. Only for those that can
  // wait; takes a reference of its own.
  bool keep(GstEvent* seek);
  bool has_one() const;
  // The last one kept, which stays; nullptr if none.
  Event peek() const;
  // The last one kept, flushing as nothing has been played, else as it was sent; nullptr if none.
  // Nothing is kept any more.
  Event take();

 private:
  struct Kept {
    Event seek;
    bool taken = false;
  };
  Guarded<Kept> kept_;  // nothing else is locked or called with it held
};

}  // namespace airforce::gst
