// SPDX-License-Identifier: LGPL-2.1-or-later
#include "silence.h"

#include <string>

#include "seek_request.h"

namespace airforce::gst {
namespace {

constexpr const char* kMark = "airforce-silence";

}  // namespace

GstElement* make_silence(GstClockTime duration) {
  GstElement* silence = gst_element_factory_make("audiotestsrc", nullptr);
  if (silence == nullptr) return nullptr;
  g_object_set_data(G_OBJECT(silence), kMark, GINT_TO_POINTER(1));
  gst_util_set_object_arg(G_OBJECT(silence), "wave", "silence");
  // Kept until it starts.
  gst_element_send_event(
      silence, gst_event_new_seek(1, GST_FORMAT_TIME, GST_SEEK_FLAG_NONE, GST_SEEK_TYPE_SET, 0,
                                  GST_SEEK_TYPE_SET, static_cast<gint64>(duration)));
  return silence;
}

Event silent_stream_start(GstPad* beside) {
  std::string id = "silence";
  guint group = GST_GROUP_ID_INVALID;
  if (const Event start{gst_pad_get_sticky_event(beside, GST_EVENT_STREAM_START, 0)}) {
    const char* other = nullptr;
    gst_event_parse_stream_start(start.get(), &other);
    id = std::string(other) + "/silence";
    gst_event_parse_group_id(start.get(), &group);
  }
  Event made(gst_event_new_stream_start(id.c_str()));
  if (group != GST_GROUP_ID_INVALID) gst_event_set_group_id(made.get(), group);
  g_autoptr(GstCaps) caps = gst_caps_new_empty_simple("audio/x-raw");
  g_autoptr(GstStream) stream =
      gst_stream_new(id.c_str(), caps, GST_STREAM_TYPE_AUDIO, GST_STREAM_FLAG_NONE);
  gst_event_set_stream(made.get(), stream);
  return made;
}

void mark_as_silence(GstPad* pad) {
  g_object_set_data(G_OBJECT(pad), kMark, GINT_TO_POINTER(1));
}

bool is_silence(gpointer object) {
  return g_object_get_data(G_OBJECT(object), kMark) != nullptr;
}

Event bounded(GstEvent* seek, GstClockTime duration) {
  auto [rate, format, flags, start_type, stop_type, start, stop] = SeekRequest(seek);
  const auto end = static_cast<gint64>(duration);
  if (format != GST_FORMAT_TIME || (stop_type == GST_SEEK_TYPE_SET && stop >= 0 && stop <= end)) {
    return Event(gst_event_ref(seek));
  }
  Event made(gst_event_new_seek(rate, format, flags, start_type, start, GST_SEEK_TYPE_SET, end));
  gst_event_set_seqnum(made.get(), gst_event_get_seqnum(seek));
  return made;
}

}  // namespace airforce::gst
