// SPDX-License-Identifier: LGPL-2.1-or-later
// Where an item of a channel continues another: whether its first picture repeats the last one of
// the item before it, and what happened to the colours. Films do the same (seams.h).
#pragma once

#include <memory>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "gstreamer/gst_ptr.h"
#include "seams.h"

namespace airforce::gst {

// Of a raw picture in any format; empty if it can't be read.
Cells cells_of(GstBuffer* picture, const GstVideoInfo& info);
// The picture, or a copy, with other colours. Unchanged in a format that ColourMatch does not take.
Buffer with_colours(Buffer picture, const GstVideoInfo& info, const ColourMatch& colour);

// Of the pictures of one item, before they are converted. Used by one streaming thread.
class Continuation {
 public:
  // `before`: the last picture that was shown before the item.
  explicit Continuation(std::shared_ptr<const Cells> before) : before_(std::move(before)) {}

  void set_caps(const GstCaps* caps) { has_info_ = gst_video_info_from_caps(&info_, caps); }
  // The picture as it is shown, or nullptr where it is not to be shown again.
  Buffer take(Buffer picture);
  bool is_decided() const { return is_decided_; }
  // How much of the beginning is left out. These two once it is decided.
  GstClockTime skipped() const { return skipped_; }
  const ColourMatch& colour() const { return colour_; }

 private:
  const std::shared_ptr<const Cells> before_;
  GstVideoInfo info_{};
  bool has_info_ = false;
  bool is_decided_ = false;
  GstClockTime skipped_ = 0;
  ColourMatch colour_;
};

}  // namespace airforce::gst
