// SPDX-License-Identifier: LGPL-2.1-or-later
// What always plays: a card and silence at the channel's rate, and the mixers that lay everything
// else over them.
#pragma once

#include <atomic>
#include <string>

#include <gst/gst.h>

#include "gstreamer/gst_ptr.h"
#include "values/guarded.h"

namespace airforce::gst {

// Layers of the picture, from the bottom up.
inline constexpr guint kCardLayer = 0;
inline constexpr guint kPlaceholderLayer = 1;
inline constexpr guint kFirstClipLayer = 2;

// Thread-safe but for its construction; the elements belong to the bin.
class ChannelMixer {
 public:
  // Adds the elements to `bin`. Throws std::string with the name of one that is missing.
  explicit ChannelMixer(GstBin* bin);

  GstPad* video_source() const { return video_source_.get(); }
  GstPad* audio_source() const { return audio_source_.get(); }
  GstElement* compositor() const { return compositor_.get(); }
  GstElement* audiomixer() const { return audiomixer_.get(); }
  // The bin's pads, which outlive this. What is linked to nothing is dropped, so that the other one
  // continues.
  void set_outputs(GstPad* video, GstPad* audio);
  // Fixed caps of everything; before PAUSED.
  void set_caps(GstCaps* video, GstCaps* audio);
  // Drawn on the card; "" for a black picture. Only visible where nothing covers it.
  void set_card(const std::string& text);
  // A sink pad for the application's own picture or sound between card and clips, converted to the
  // channel's caps; nullptr if it cannot be made. `ghost` is not yet added to the bin.
  GstPad* add_placeholder(bool video, GstPadTemplate* pad_template, const char* name);
  void remove_placeholder(GstPad* ghost);
  // From now on both pads are at their end.
  void end();
  // Running time up to which pictures have left.
  GstClockTime picture_end() const { return picture_end_; }
  // So much later than its running time a picture is rendered.
  GstClockTime latency() const { return latency_; }

 private:
  Ref<GstElement> make(const char* factory, const char* name);
  static GstPadProbeReturn take_upstream(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static gboolean answer_query(GstPad* pad, GstObject* parent, GstQuery* query);
  static GstPadProbeReturn mix(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn pass(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  GstBin* bin_;
  Ref<GstElement> compositor_;
  Ref<GstElement> audiomixer_;
  Ref<GstElement> card_caps_;
  Ref<GstElement> silence_caps_;
  Ref<GstElement> video_caps_;
  Ref<GstElement> audio_caps_;
  Ref<GstElement> text_;  // null where pango is missing
  Ref<GstPad> video_source_;
  Ref<GstPad> audio_source_;
  GstPad* video_output_ = nullptr;
  GstPad* audio_output_ = nullptr;
  struct Ends {  // of the last buffers that were mixed
    GstClockTime picture = 0;
    GstClockTime sound = 0;
  };
  Guarded<Ends> ends_;
  std::atomic<GstClockTime> picture_end_{0};
  std::atomic<GstClockTime> latency_{0};
  // Of the mixers.
  std::atomic<GstClockTime> video_latency_{0};
  std::atomic<GstClockTime> audio_latency_{0};
  gint ending_ = 0;  // atomic
};

}  // namespace airforce::gst
