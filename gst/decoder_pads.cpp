// SPDX-License-Identifier: LGPL-2.1-or-later
// The decoder's pads on the bin: how they appear and go, and what passes them.
#include <algorithm>
#include <string>

#include "debug.h"
#include "decoder.h"
#include "outer_pad.h"
#include "silence.h"

namespace airforce::gst {
namespace {

// The kinds of stream that the bin has pad templates for; nullptr for others.
const char* kind_of(GstStreamType type) {
  if ((type & GST_STREAM_TYPE_VIDEO) != 0) return "video";
  if ((type & GST_STREAM_TYPE_AUDIO) != 0) return "audio";
  return nullptr;
}

const char* kind_of(GstPad* pad) {
  g_autoptr(GstStream) stream = gst_pad_get_stream(pad);
  return stream != nullptr ? kind_of(gst_stream_get_stream_type(stream)) : nullptr;
}

bool is_raw(GstPad* pad) {
  g_autoptr(GstCaps) caps = gst_pad_query_caps(pad, nullptr);
  if (gst_caps_is_any(caps) || gst_caps_get_size(caps) == 0) return false;
  return g_str_has_suffix(gst_structure_get_name(gst_caps_get_structure(caps, 0)), "/x-raw") != 0;
}

std::string free_name(GstElement* bin, const char* kind) {
  for (unsigned i = 0;; ++i) {
    std::string name = std::string(kind) + "_" + std::to_string(i);
    const Ref<GstPad> taken(gst_element_get_static_pad(bin, name.c_str()));
    if (taken == nullptr) return name;
  }
}

}  // namespace

void Decoder::pad_added(GstElement*, GstPad* pad, gpointer self) {
  if (const char* kind = kind_of(pad)) static_cast<Decoder*>(self)->expose(pad, kind);
}

void Decoder::expose(GstPad* pad, const char* kind, bool is_silent) {
  GstElement* element = GST_ELEMENT(bin_);
  GstPadTemplate* pad_template =
      gst_element_get_pad_template(element, (std::string(kind) + "_%u").c_str());
  GstPad* ghost =
      gst_ghost_pad_new_from_template(free_name(element, kind).c_str(), pad, pad_template);
  GST_DEBUG_OBJECT(bin_, "%s:%s becomes %s", GST_DEBUG_PAD_NAME(pad), GST_PAD_NAME(ghost));
  gst_pad_add_probe(ghost,
                    static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                 GST_PAD_PROBE_TYPE_EVENT_FLUSH),
                    probe, this, nullptr);
  gst_pad_add_probe(ghost, GST_PAD_PROBE_TYPE_BUFFER, note_buffer, this, nullptr);
  gst_pad_add_probe(ghost, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, hold_seek, this, nullptr);
  Exposed exposed{pad, ghost, kind, false, 0, false, false, 0, is_silent, false, nullptr};
  if (is_raw(pad)) {
    exposed.converter = std::make_unique<Converter>(
        bin_, pad, ghost, kind, [this, kind](const std::string& wanted) { refused(kind, wanted); });
  }
  {
    const auto shared = shared_.lock();
    shared->exposed.push_back(std::move(exposed));
  }
  if (is_silent) mark_as_silence(ghost);
  if (presentation_.start_now) set_offset(pad);
  gst_pad_set_active(ghost, TRUE);
  // Applications ask in pad-added which stream it is.
  const Event start =
      is_silent ? silent_start() : Event(gst_pad_get_sticky_event(pad, GST_EVENT_STREAM_START, 0));
  if (start) gst_pad_store_sticky_event(ghost, start.get());
  gst_element_add_pad(element, ghost);
  announce();
}

// On the pad inside: the offset of the bin's own pad is the application's.
void Decoder::set_offset(GstPad* pad) {
  const GstClockTime now = running_time_at_top(GST_OBJECT(bin_));
  GstClockTime start = 0;
  {
    const auto shared = shared_.lock();
    if (!shared->start) shared->start = now;
    start = *shared->start;
  }
  GST_INFO_OBJECT(pad, "begins at running time %" GST_TIME_FORMAT, GST_TIME_ARGS(start));
  gst_pad_set_offset(pad, static_cast<gint64>(start));
}

void Decoder::pad_removed(GstElement*, GstPad* pad, gpointer self) {
  static_cast<Decoder*>(self)->remove(pad);
}

void Decoder::remove(GstPad* target) {
  GstPad* ghost = nullptr;
  {
    const auto shared = shared_.lock();
    const auto found =
        std::find_if(shared->exposed.begin(), shared->exposed.end(),
                     [target](const Exposed& exposed) { return exposed.target == target; });
    if (found == shared->exposed.end()) return;
    ghost = found->ghost;
    if (found->converter) shared->retired.push_back(std::move(found->converter));
    shared->exposed.erase(found);
    changed_.notify_all();
  }
  remove_ghost(GST_ELEMENT(bin_), ghost);
}

GstPadProbeReturn Decoder::probe(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* decoder = static_cast<Decoder*>(self);
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START:
      if (!decoder->set_flushing(pad, true)) return GST_PAD_PROBE_DROP;
      break;
    case GST_EVENT_FLUSH_STOP: {
      gboolean time_restarts = FALSE;
      gst_event_parse_flush_stop(event, &time_restarts);
      const bool wanted = decoder->set_flushing(pad, false);
      if (wanted && time_restarts && decoder->presentation_.start_now) decoder->clear_offset(pad);
      if (!wanted) return GST_PAD_PROBE_DROP;
      break;
    }
    case GST_EVENT_STREAM_START:
      if (decoder->is_silent(pad)) {
        GST_PAD_PROBE_INFO_DATA(info) = decoder->silent_start().release();
        gst_event_unref(event);
      }
      break;
    case GST_EVENT_TAG: GST_PAD_PROBE_INFO_DATA(info) = decoder->visible(pad, event); break;
    case GST_EVENT_EOS: {
      if (!decoder->wait_for_clip(pad)) {
        GST_DEBUG_OBJECT(pad, "dropping EOS: the clip was not waited for");
        return GST_PAD_PROBE_DROP;
      }
      GST_INFO_OBJECT(pad, "EOS");
      // Before GStreamer 1.26 the EOS of a decodebin3 is marked as its own, and an outer one (in
      // uridecodebin3, playbin3) that sees the mark never ends. A fresh one has none.
      GstEvent* fresh = gst_event_new_eos();
      gst_event_set_seqnum(fresh, gst_event_get_seqnum(event));
      gst_event_unref(event);
      GST_PAD_PROBE_INFO_DATA(info) = fresh;
      if (decoder->note_end(pad)) decoder->listener_.delivered();
      break;
    }
    default: break;
  }
  return GST_PAD_PROBE_OK;
}

// A TAG event as it may be shown, in place of `event`. The request's own are as they are.
GstEvent* Decoder::visible(GstPad* pad, GstEvent* event) {
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  {
    const auto shared = shared_.lock();
    if (tags == shared->tags.get()) return event;
  }
  g_autoptr(GstStream) stream = gst_pad_get_stream(pad);
  if (stream != nullptr) make_tags_visible(stream);
  TagList shown = visible_tags(tags);
  if (shown == nullptr) return event;
  GstEvent* fresh = gst_event_new_tag(shown.release());
  gst_event_set_seqnum(fresh, gst_event_get_seqnum(event));
  gst_event_unref(event);
  return fresh;
}

Decoder::Exposed* Decoder::find(Shared& shared, GstPad* ghost) {
  const auto found =
      std::find_if(shared.exposed.begin(), shared.exposed.end(),
                   [ghost](const Exposed& exposed) { return exposed.ghost == ghost; });
  return found == shared.exposed.end() ? nullptr : &*found;
}

bool Decoder::is_unwanted(Shared& shared, GstPad* ghost) {
  const Exposed* exposed = find(shared, ghost);
  return shared.download == Download::Abandoned || exposed == nullptr || exposed->flushing;
}

GstPadProbeReturn Decoder::note_buffer(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* decoder = static_cast<Decoder*>(self);
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  GstTagList* tags = nullptr;
  {
    auto shared = decoder->shared_.lock();
    if (!decoder->wait_for_beginning(shared, pad)) return GST_PAD_PROBE_DROP;
    Exposed* exposed = decoder->find(*shared, pad);
    const bool is_silent = exposed != nullptr && exposed->is_silent;
    // A source would end with an error.
    if (is_silent && !is_linked_outside(pad)) return GST_PAD_PROBE_DROP;
    if (GST_BUFFER_PTS_IS_VALID(buffer) && !is_silent) shared->position = GST_BUFFER_PTS(buffer);
    if (exposed != nullptr && !exposed->has_data) {
      exposed->has_data = true;
      decoder->changed_.notify_all();
    }
    if (exposed != nullptr && exposed->tags != shared->tags_serial) {
      exposed->tags = shared->tags_serial;
      tags = gst_tag_list_ref(shared->tags.get());
    }
  }
  if (tags != nullptr) gst_pad_push_event(pad, gst_event_new_tag(tags));
  return GST_PAD_PROBE_OK;
}

bool Decoder::set_flushing(GstPad* ghost, bool flushing) {
  const auto shared = shared_.lock();
  shared->position.reset();
  if (Exposed* exposed = find(*shared, ghost)) {
    exposed->flushing = flushing;
    if (flushing) ++exposed->flushes;
    exposed->has_data = exposed->ended = exposed->has_ended = false;
  }
  shared->first = First::Playing;
  changed_.notify_all();
  // Where the clip begins is no jump for those who have seen nothing of it: time does not restart.
  return shared->beginning != Beginning::Seeking || shared->data_passed;
}

}  // namespace airforce::gst
