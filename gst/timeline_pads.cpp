// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of Timeline that answers the events and queries of its pads.
#include <algorithm>
#include <string>

#include "debug.h"
#include "timeline.h"

namespace airforce::gst {
namespace {

// What of two formats a decoder has to know, without what only describes them.
bool one_decoder_takes(const GstCaps* one, const GstCaps* other) {
  const GstStructure* left = gst_caps_get_structure(one, 0);
  const GstStructure* right = gst_caps_get_structure(other, 0);
  if (!gst_structure_has_name(left, gst_structure_get_name(right))) return false;
  for (const char* field : {"codec_data", "stream-format", "alignment", "width", "height", "rate",
                            "channels", "mpegversion"}) {
    const GValue* a = gst_structure_get_value(left, field);
    const GValue* b = gst_structure_get_value(right, field);
    if ((a == nullptr) != (b == nullptr)) return false;
    if (a != nullptr && gst_value_compare(a, b) != GST_VALUE_EQUAL) return false;
  }
  return true;
}

bool is_stored(GstEventType type) {
  return type == GST_EVENT_STREAM_START || type == GST_EVENT_STREAM_COLLECTION ||
         type == GST_EVENT_SEGMENT || type == GST_EVENT_TAG;
}

}  // namespace

gboolean Timeline::sink_event(GstPad* pad, GstObject*, GstEvent* event) {
  const Event owned(event);
  auto* timeline = static_cast<Timeline*>(gst_pad_get_element_private(pad));
  const auto sink = timeline->sink_of(pad);
  if (!sink) return FALSE;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_CAPS: {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(event, &caps);
      return timeline->take_caps(*sink, caps);
    }
    case GST_EVENT_EOS:
    case GST_EVENT_SEGMENT_DONE: timeline->take_end(*sink); return TRUE;
    default: return timeline->take_event(*sink, event);
  }
}

// They leave with the shot's first data, if at all.
bool Timeline::take_event(Sink& sink, GstEvent* event) {
  if (!is_stored(GST_EVENT_TYPE(event))) return true;
  const auto shared = shared_.lock();
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START: sink.stream_start.reset(gst_event_ref(event)); break;
    case GST_EVENT_STREAM_COLLECTION: sink.collection.reset(gst_event_ref(event)); break;
    case GST_EVENT_SEGMENT: gst_event_copy_segment(event, &sink.segment); break;
    default: sink.tags.emplace_back(gst_event_ref(event)); break;
  }
  return true;
}

bool Timeline::take_caps(Sink& sink, GstCaps* caps) {
  Ref<GstPad> source;
  unsigned run = 0;
  {
    const auto shared = shared_.lock();
    run = shared->run.number;
    Stream& own = shared->stream(sink.kind);
    const bool fits = raw_ || !own.caps || one_decoder_takes(own.caps.get(), caps);
    sink.refused = !fits;
    if (fits) sink.caps.reset(gst_caps_ref(caps));
    if (fits && !sink.begun) return true;
    if (fits) {  // the format of a clip that plays changes
      own.caps.reset(gst_caps_ref(caps));
      source = share(own.pad);
    }
  }
  if (source) return gst_pad_push_event(source.get(), gst_event_new_caps(caps)) != FALSE;
  listener_.mismatch(run, sink.shot,
                     std::string("its ") + (sink.kind == Kind::Video ? "picture" : "sound") +
                         " is encoded in another way than that of the shots before it");
  return false;
}

gboolean Timeline::sink_query(GstPad* pad, GstObject* element, GstQuery* query) {
  auto* timeline = static_cast<Timeline*>(gst_pad_get_element_private(pad));
  const auto sink = timeline->sink_of(pad);
  if (!sink) return FALSE;
  Ref<GstPad> source;
  Caps current;
  bool is_first = false;
  {
    const auto shared = timeline->shared_.lock();
    Stream& own = shared->stream(sink->kind);
    source = share(own.pad);
    if (own.caps) current.reset(gst_caps_ref(own.caps.get()));
    is_first = own.current == sink->shot && !own.has_started && !shared->flushing;
  }
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_CAPS: {
      GstCaps* filter = nullptr;
      gst_query_parse_caps(query, &filter);
      Caps result;
      if (current && timeline->raw_) {
        result = std::move(current);
        if (filter != nullptr) {
          result.reset(gst_caps_intersect_full(filter, result.get(), GST_CAPS_INTERSECT_FIRST));
        }
      } else {
        result.reset(gst_pad_peer_query_caps(source.get(), filter));
      }
      gst_query_set_caps_result(query, result.get());
      return TRUE;
    }
    case GST_QUERY_ACCEPT_CAPS: gst_query_set_accept_caps_result(query, TRUE); return TRUE;
    // Before any data. Later ones would come between the data of two threads; their shots have
    // memory of their own.
    case GST_QUERY_ALLOCATION: return is_first && gst_pad_peer_query(source.get(), query) != FALSE;
    case GST_QUERY_DRAIN: return TRUE;
    case GST_QUERY_CONTEXT: return gst_pad_peer_query(source.get(), query);
    default: return gst_pad_query_default(pad, element, query);
  }
}

// The pad by which the shot comes that is sent on by `source`.
Ref<GstPad> Timeline::current_sink(GstPad* source) {
  const auto shared = shared_.lock();
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    if (shared->streams[kind].pad != source) continue;
    const auto found = shared->shots.find(shared->streams[kind].current);
    if (found == shared->shots.end() || !found->second.sinks[kind]) return nullptr;
    return share(found->second.sinks[kind]->pad);
  }
  return nullptr;
}

gboolean Timeline::source_event(GstPad* pad, GstObject*, GstEvent* event) {
  auto* timeline = static_cast<Timeline*>(gst_pad_get_element_private(pad));
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_SEEK: return timeline->listener_.seek(event) ? TRUE : FALSE;
    case GST_EVENT_RECONFIGURE: {
      const Ref<GstPad> sink = timeline->current_sink(pad);
      if (sink) return gst_pad_push_event(sink.get(), event);
      gst_event_unref(event);
      return TRUE;
    }
    default:
      // Those about running time are of another one than the clips'.
      gst_event_unref(event);
      return FALSE;
  }
}

gboolean Timeline::source_query(GstPad* pad, GstObject* element, GstQuery* query) {
  auto* timeline = static_cast<Timeline*>(gst_pad_get_element_private(pad));
  GstFormat format = GST_FORMAT_UNDEFINED;
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_DURATION: {
      gst_query_parse_duration(query, &format, nullptr);
      const auto duration = timeline->listener_.duration();
      if (format != GST_FORMAT_TIME || !duration) return FALSE;
      gst_query_set_duration(query, format, static_cast<gint64>(*duration));
      return TRUE;
    }
    case GST_QUERY_SEEKING: {
      gst_query_parse_seeking(query, &format, nullptr, nullptr, nullptr);
      const auto duration = timeline->listener_.duration();
      if (format != GST_FORMAT_TIME || !duration) return FALSE;
      gst_query_set_seeking(query, format, TRUE, 0, static_cast<gint64>(*duration));
      return TRUE;
    }
    case GST_QUERY_POSITION: {
      gst_query_parse_position(query, &format, nullptr);
      if (format != GST_FORMAT_TIME) return FALSE;
      const auto shared = timeline->shared_.lock();
      for (const Stream& stream : shared->streams) {
        if (stream.pad != pad || !GST_CLOCK_TIME_IS_VALID(stream.position)) continue;
        gst_query_set_position(query, format, static_cast<gint64>(stream.position));
        return TRUE;
      }
      return FALSE;
    }
    case GST_QUERY_LATENCY:
      gst_query_set_latency(query, FALSE, 0, GST_CLOCK_TIME_NONE);
      return TRUE;
    case GST_QUERY_CAPS: {
      // What the shot's converter makes, or what has been decided.
      if (const Ref<GstPad> sink = timeline->current_sink(pad)) {
        return gst_pad_peer_query(sink.get(), query);
      }
      return gst_pad_query_default(pad, element, query);
    }
    case GST_QUERY_BUFFERING:
    case GST_QUERY_URI: {
      const Ref<GstPad> sink = timeline->current_sink(pad);
      return sink ? gst_pad_peer_query(sink.get(), query) : FALSE;
    }
    default: return gst_pad_query_default(pad, element, query);
  }
}

}  // namespace airforce::gst
