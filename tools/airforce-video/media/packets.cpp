// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/packets.h"

#include <algorithm>

#include "values/error.h"

namespace airforce::cli {
namespace {

// What has to be equal of two streams that are decoded as one.
constexpr const char* kFields[] = {"stream-format", "alignment", "profile", "codec_data"};

// More than any model makes. Pictures are held, and sound is made of this length, in memory.
constexpr GstClockTime kMaxDuration = 600 * GST_SECOND;
constexpr std::size_t kMaxBytes = std::size_t{1} << 30U;

std::string text_of(const GValue* value) {
  if (value == nullptr) return "nothing";
  char* const text = gst_value_serialize(value);
  std::string plain = text != nullptr ? text : "?";
  g_free(text);
  return plain.size() > 24 ? plain.substr(0, 24) + "..." : plain;
}

std::string size_text(const GstStructure* caps) {
  return text_of(gst_structure_get_value(caps, "width")) + "x" +
         text_of(gst_structure_get_value(caps, "height"));
}

}  // namespace

Packets read_packets(const std::string& path) {
  const std::string what = "the pictures of '" + path + "' cannot be read";
  const Pipeline pipeline(file_source(path) +
                              " ! qtdemux name=demux demux.video_0 ! queue ! "
                              "appsink name=packets sync=false max-buffers=8",
                          what);
  pipeline.play();
  Packets packets;
  GstClockTime end = 0;
  GstClockTime first = GST_CLOCK_TIME_NONE;
  std::size_t bytes = 0;
  while (const SamplePtr sample = pipeline.pull("packets")) {
    if (!packets.caps) packets.caps.reset(gst_caps_copy(gst_sample_get_caps(sample.get())));
    GstBuffer* const buffer = gst_sample_get_buffer(sample.get());
    if (!GST_BUFFER_PTS_IS_VALID(buffer) || !GST_BUFFER_DURATION_IS_VALID(buffer))
      throw Error(ErrorKind::Clip, Step::Download, what + ": a frame has no time");
    if (first == GST_CLOCK_TIME_NONE || GST_BUFFER_PTS(buffer) < first) {
      first = GST_BUFFER_PTS(buffer);
      packets.first_duration = GST_BUFFER_DURATION(buffer);
    }
    end = std::max(end, GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer));
    bytes += gst_buffer_get_size(buffer);
    if (bytes > kMaxBytes || end - first > kMaxDuration)
      throw Error(ErrorKind::Clip, Step::Download,
                  what + ": they are more than ten minutes, or more than 1 GiB");
    packets.buffers.emplace_back(gst_buffer_ref(buffer));
  }
  if (packets.buffers.empty())
    throw Error(ErrorKind::Clip, Step::Download, what + ": there are none");
  packets.start = first;
  packets.duration = end - first;
  return packets;
}

std::string codec_difference(GstCaps* one, GstCaps* other) {
  const GstStructure* const left = gst_caps_get_structure(one, 0);
  const GstStructure* const right = gst_caps_get_structure(other, 0);
  const auto differ = [](const std::string& what, const std::string& its,
                         const std::string& others) {
    return "their " + what + " differ (" + its + " and " + others + ")";
  };
  if (!gst_structure_has_name(right, gst_structure_get_name(left)))
    return differ("codecs", gst_structure_get_name(left), gst_structure_get_name(right));
  if (size_text(left) != size_text(right))
    return differ("sizes", size_text(left), size_text(right));
  for (const char* field : kFields) {
    const GValue* const its = gst_structure_get_value(left, field);
    const GValue* const others = gst_structure_get_value(right, field);
    if (its == nullptr && others == nullptr) continue;
    if (its == nullptr || others == nullptr || gst_value_compare(its, others) != GST_VALUE_EQUAL)
      return std::string(field) == "codec_data"
                 ? "their codec's parameters differ (codec_data)"
                 : differ(std::string("codecs (") + field + ")", text_of(its), text_of(others));
  }
  return {};
}

}  // namespace airforce::cli
