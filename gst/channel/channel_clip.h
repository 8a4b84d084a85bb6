// SPDX-License-Identifier: LGPL-2.1-or-later
// One item of a channel as elements: a source, converters to the channel's caps, and queues that
// hold its beginning until it is on air.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include <gst/gst.h>

#include "channel/continuation.h"
#include "gstreamer/gst_ptr.h"

namespace airforce::gst {

// When and how a clip appears.
struct Placement {
  GstClockTime start;    // running time of its first picture
  GstClockTime fade_in;  // 0: a cut
  unsigned zorder;       // above what it covers
  bool hold;             // its last picture stays after its end
};

// Used by the channel's worker thread; streaming threads only set the atomic members.
class ChannelClip {
 public:
  // `source` is an airforcevideosrc, floating or not, with its request. `before` is the picture
  // that it continues, or nullptr. `changed` is called from any thread, with no lock of ours held,
  // whenever ready() or has_ended() may have changed.
  ChannelClip(GstBin* channel, std::uint64_t id, GstElement* source, GstCaps* video, GstCaps* audio,
              const std::shared_ptr<const Cells>& before, std::function<void()> changed);
  // Stops everything and gives the mixers' pads back.
  ~ChannelClip();
  ChannelClip(const ChannelClip&) = delete;
  ChannelClip& operator=(const ChannelClip&) = delete;

  bool start();
  // Whether the first buffer of each stream waits in its queue.
  bool ready() const;
  // From the clip's index, without what is not shown, or GST_CLOCK_TIME_NONE. When ready().
  GstClockTime duration() const;
  // What its colours are changed by. When ready().
  const ColourMatch& colour() const { return continuation_.colour(); }
  bool start_on_air(GstElement* compositor, GstElement* audiomixer, const Placement& placement);
  // Fades the sound out, equal in power to the next one's fade-in; the picture too where none comes
  // to cover it.
  void fade_out(GstClockTime running_time, GstClockTime length, bool picture);
  // Whether the end of each stream has been passed on.
  bool has_ended() const;
  // Running time of the first picture; NONE before start_on_air().
  GstClockTime begin() const { return start_; }
  // Running time of the end: by the duration, or by the last buffer.
  GstClockTime end() const;
  std::uint64_t id() const { return id_; }
  bool contains(GstObject* object) const {
    return GST_OBJECT_CAST(bin_.get()) == object ||
           gst_object_has_as_ancestor(object, GST_OBJECT_CAST(bin_.get()));
  }

 private:
  struct Stream {
    const char* name = nullptr;
    Ref<GstElement> first;  // where the source's pad is linked
    Ref<GstPad> held;       // the queue's source pad
    Ref<GstPad> ghost;      // of the bin
    Ref<GstPad> mixer_pad;  // on air
    Ref<GstElement> mixer;
    gulong hold_probe = 0;
    std::atomic<bool> linked{false};
    std::atomic<bool> waiting{false};  // a buffer waits
    std::atomic<bool> ended{false};
    std::atomic<GstClockTime> last_end{0};                // in the clip's stream time
    std::atomic<GstClockTime> stop{GST_CLOCK_TIME_NONE};  // likewise: of the first segment
    ChannelClip* clip = nullptr;
  };

  static void pad_added(GstElement* source, GstPad* pad, gpointer self);
  static void no_more_pads(GstElement* source, gpointer self);
  static GstPadProbeReturn continue_picture(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn hold(GstPad* pad, GstPadProbeInfo* info, gpointer stream);
  static GstPadProbeReturn watch(GstPad* pad, GstPadProbeInfo* info, gpointer stream);
  void build(Stream& stream, const char* name, const char* description, GstCaps* caps);
  bool link_mixer(Stream& stream, GstElement* mixer, GstClockTime start);
  void release(Stream& stream);

  GstBin* channel_;
  std::uint64_t id_;
  std::function<void()> changed_;
  Ref<GstElement> bin_;
  Ref<GstElement> source_;
  Ref<GstElement> volume_;
  Stream video_;
  Stream audio_;
  Continuation continuation_;
  GstClockTime start_ = GST_CLOCK_TIME_NONE;
  std::atomic<bool> all_pads_{false};
};

}  // namespace airforce::gst
