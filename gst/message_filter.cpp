// SPDX-License-Identifier: LGPL-2.1-or-later
#include "message_filter.h"

#include <string_view>

#include "errors.h"
#include "gstairforceclipsrc.h"
#include "silence.h"

namespace airforce::gst {
namespace {

constexpr const char* kMissingPlugin = "missing-plugin";

}  // namespace

bool is_about_missing_plugin(GstMessage* message) {
  g_autoptr(GError) error = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error(message, &error, nullptr);
  } else {
    gst_message_parse_warning(message, &error, nullptr);
  }
  return g_error_matches(error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN) != FALSE ||
         g_error_matches(error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND) != FALSE;
}

MessageFate fate_of(GstMessage* message) {
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
      // Silence that nobody listens to.
      if (is_silence(GST_MESSAGE_SRC(message))) return MessageFate::Drop;
      // Has the charge status already.
      if (GST_IS_AIRFORCE_CLIP_SRC(GST_MESSAGE_SRC(message))) return MessageFate::Pass;
      return MessageFate::Rewrite;
    case GST_MESSAGE_WARNING: return MessageFate::Rewrite;
    case GST_MESSAGE_ELEMENT:
      return gst_message_has_name(message, kMissingPlugin) ? MessageFate::MissingDecoder
                                                           : MessageFate::Drop;
    case GST_MESSAGE_REDIRECT:
    case GST_MESSAGE_TAG:  // sinks post those that leave by the pads
    case GST_MESSAGE_INFO:
    case GST_MESSAGE_PROGRESS:
    case GST_MESSAGE_BUFFERING:
    case GST_MESSAGE_APPLICATION: return MessageFate::Drop;
    default: return MessageFate::Pass;
  }
}

MissingDecoder missing_decoder(GstMessage* message) {
  MissingDecoder missing;
  const GstStructure* structure = gst_message_get_structure(message);
  const char* name = gst_structure_get_string(structure, "name");
  missing.name = name != nullptr ? visible_text(name) : "decoder";
  const GValue* detail = gst_structure_get_value(structure, "detail");
  if (detail != nullptr && GST_VALUE_HOLDS_CAPS(detail)) {
    const GstCaps* caps = gst_value_get_caps(detail);
    if (!gst_caps_is_any(caps) && gst_caps_get_size(caps) > 0) {
      const char* type = gst_structure_get_name(gst_caps_get_structure(caps, 0));
      if (g_str_has_prefix(type, "video/")) missing.kind = "video";
      if (g_str_has_prefix(type, "audio/")) missing.kind = "audio";
    }
  }
  return missing;
}

Failure undecodable(const std::vector<MissingDecoder>& missing, const BoughtTask& task) {
  if (missing.empty()) {
    return clip_failure("the clip has no stream that can be played", kKeepTheFile, task);
  }
  std::string names;
  std::string streams;
  for (const MissingDecoder& one : missing) {
    names += (names.empty() ? "no " : " and no ") + one.name;
    streams +=
        (streams.empty() ? "" : " and ") + std::string(one.kind == "audio" ? "sound" : "picture");
  }
  Failure failure = clip_failure(
      "the clip's " + streams + " can't be decoded: " + names + " is installed",
      "install one, such as GStreamer's libav plugin, and run the same request again at no extra "
      "cost",
      task);
  failure.domain = GST_STREAM_ERROR;
  failure.code = GST_STREAM_ERROR_CODEC_NOT_FOUND;
  return failure;
}

Failure failure_of(GstMessage* message, const BoughtTask& task) {
  g_autoptr(GError) error = nullptr;
  g_autofree char* debug = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error(message, &error, &debug);
  } else {
    gst_message_parse_warning(message, &error, &debug);
  }
  const std::string_view where = debug != nullptr ? debug : "";
  std::string text = visible_text(error->message);
  const char* next_step = kKeepTheFile;
  if (where.find("not-linked") != std::string_view::npos) {
    text = "no pad of the clip is linked";
    next_step = "link one when it is added, and run the same request again at no extra cost";
  } else if (where.find("not-negotiated") != std::string_view::npos) {
    text = "what is linked does not take the clip's format";
    next_step =
        "put videoconvert or audioconvert in front of it, and run the same request again at no "
        "extra cost";
  }
  Failure failure = clip_failure(text, next_step, task);
  failure.domain = error->domain;
  failure.code = error->code;
  failure.debug = std::string(GST_MESSAGE_SRC_NAME(message)) + ": " +
                  (debug != nullptr ? visible_text(debug) : std::string());
  return failure;
}

Failure failure_with_details(GstMessage* message) {
  g_autoptr(GError) error = nullptr;
  g_autofree char* debug = nullptr;
  gst_message_parse_error(message, &error, &debug);
  Failure failure;
  failure.domain = error->domain;
  failure.code = error->code;
  failure.message = failure.text = error->message;
  failure.debug = debug != nullptr ? debug : "";
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(message, &details);
  const auto text = [details](const char* field) {
    const char* value = details != nullptr ? gst_structure_get_string(details, field) : nullptr;
    return std::string(value != nullptr ? value : "");
  };
  failure.charge = text("charge");
  failure.step = text("step");
  failure.task_id = text("task-id");
  failure.next_step = text("next-step");
  return failure;
}

}  // namespace airforce::gst
