// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/text_pad.h"

#include <algorithm>
#include <string>

GST_DEBUG_CATEGORY_EXTERN(airforce_channel_src_debug);
#define GST_CAT_DEFAULT airforce_channel_src_debug

namespace airforce::gst {
namespace {

constexpr std::size_t kMaxPrompt = 64 * 1024;  // bytes

// The text of pango markup, or "" where it is none.
std::string text_of_markup(const std::string& markup) {
  std::string text;
  GMarkupParser parser = {};
  parser.text = [](GMarkupParseContext*, const char* piece, gsize size, gpointer data, GError**) {
    static_cast<std::string*>(data)->append(piece, size);
  };
  g_autoptr(GMarkupParseContext) context =
      g_markup_parse_context_new(&parser, static_cast<GMarkupParseFlags>(0), &text, nullptr);
  const std::string document = "<markup>" + markup + "</markup>";
  const bool is_markup =
      g_markup_parse_context_parse(context, document.c_str(), static_cast<gssize>(document.size()),
                                   nullptr) &&
      g_markup_parse_context_end_parse(context, nullptr);
  return is_markup ? text : std::string();
}

PromptSink& sink_of(GstPad* pad) {
  return *static_cast<PromptSink*>(gst_pad_get_element_private(pad));
}

GstFlowReturn take_prompt(GstPad* pad, GstObject* self, GstBuffer* buffer) {
  const Buffer owned(buffer);
  GstMapInfo map;
  if (gst_buffer_get_size(buffer) > kMaxPrompt || !gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_WARNING(
        self, STREAM, WRONG_TYPE,
        ("A prompt of more than %d KiB was left out", static_cast<int>(kMaxPrompt / 1024)),
        (nullptr));
    return GST_FLOW_OK;
  }
  std::string prompt(reinterpret_cast<const char*>(map.data), map.size);
  gst_buffer_unmap(buffer, &map);
  const Caps caps(gst_pad_get_current_caps(pad));
  const char* format =
      caps ? gst_structure_get_string(gst_caps_get_structure(caps.get(), 0), "format") : nullptr;
  if (g_strcmp0(format, "pango-markup") == 0) prompt = text_of_markup(prompt);
  prompt.erase(std::find(prompt.begin(), prompt.end(), '\0'), prompt.end());
  const std::size_t last = prompt.find_last_not_of(" \t\r\n");
  prompt.erase(last == std::string::npos ? 0 : last + 1);
  if (!g_utf8_validate(prompt.c_str(), -1, nullptr)) {
    GST_ELEMENT_WARNING(self, STREAM, WRONG_TYPE, ("A prompt that is not UTF-8 was left out"),
                        (nullptr));
    return GST_FLOW_OK;
  }
  if (prompt.empty()) return GST_FLOW_OK;
  const PromptSink& sink = sink_of(pad);
  if (!sink.channel.wait_for_room()) return GST_FLOW_FLUSHING;
  sink.channel.enqueue(sink.properties.request(prompt.c_str(), nullptr));
  return GST_FLOW_OK;
}

gboolean take_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  Channel& channel = sink_of(pad).channel;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_EOS: channel.stream_ended(); break;
    case GST_EVENT_FLUSH_START: channel.set_flushing(true); break;
    case GST_EVENT_FLUSH_STOP: channel.set_flushing(false); break;
    case GST_EVENT_CAPS: return gst_pad_event_default(pad, parent, event);
    default: break;
  }
  gst_event_unref(event);  // none of the streams that come out
  return TRUE;
}

}  // namespace

GstPad* new_text_pad(GstPadTemplate* pad_template, const char* name, PromptSink* sink) {
  GstPad* pad = gst_pad_new_from_template(pad_template, name);
  gst_pad_set_element_private(pad, sink);
  gst_pad_set_chain_function(pad, take_prompt);
  gst_pad_set_event_function(pad, take_event);
  return pad;
}

}  // namespace airforce::gst
