// SPDX-License-Identifier: LGPL-2.1-or-later
// A small pipeline that is run to its end. Private to media/.
#pragma once

#include <functional>
#include <string>

#include <gio/gio.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include "gstreamer/gst_ptr.h"

namespace airforce::cli {

using SamplePtr = gst::Sample;
using BufferPtr = gst::Buffer;
using CapsPtr = gst::Caps;
using MessagePtr = gst::Message;

// Of a launch line; goes to NULL when it is destroyed. Throws Error{Clip} for what goes wrong, with
// `what` in front.
class Pipeline {
 public:
  Pipeline(const std::string& line, std::string what);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Owned by the pipeline.
  GstElement* element(const char* name) const;
  void set(const char* element, const char* property, const std::string& value) const;
  // Waits until the first data has arrived everywhere.
  void preroll() const;
  // Never waits.
  void play() const;
  void stop() const;
  // The next sample of an appsink; null at its end. Throws for an error on the bus.
  SamplePtr pull(const char* appsink) const;
  // Waits for EOS on the bus.
  void wait_end(GCancellable* cancellable) const;
  void check() const;  // throws for an error on the bus

 private:
  [[noreturn]] void fail(GstMessage* message) const;

  gst::Ref<GstElement> pipeline_;
  const std::string what_;
};

// gst_init, once.
void start_gstreamer();
// A source of a launch line that reads this file. Throws Error{File} for a pipe, which would be
// waited for, or a device.
std::string file_source(const std::string& path);

}  // namespace airforce::cli
