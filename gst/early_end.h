// SPDX-License-Identifier: LGPL-2.1-or-later
// Ends an element that was sent EOS before its clip could be played: whoever waits for its pads
// gets them, with nothing but EOS.
#pragma once

#include <thread>
#include <vector>

#include <gst/gst.h>

namespace airforce::gst {

class EarlyEnd {
 public:
  // Adds a pad of each of these kinds ("video", "audio", "container") that `bin` lacks, and sends
  // EOS with the sequence number of `eos` on all of its source pads, each from a thread of its own.
  EarlyEnd(GstBin* bin, const std::vector<const char*>& kinds, GstEvent* eos);
  EarlyEnd(const EarlyEnd&) = delete;
  EarlyEnd& operator=(const EarlyEnd&) = delete;
  // Wakes whoever is held downstream, and removes the pads that it has added.
  ~EarlyEnd();

 private:
  GstBin* const bin_;
  std::vector<GstPad*> added_;  // owned by the bin
  std::vector<GstPad*> pads_;   // references of ours
  std::vector<std::thread> threads_;
};

}  // namespace airforce::gst
