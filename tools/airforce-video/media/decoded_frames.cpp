// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoded_frames.h"

#include "gstreamer/cells.h"
#include "gstreamer/frames.h"
#include "media/media.h"
#include "values/error.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

std::string subject(const std::string& path) {
  return "the frames of '" + path + "' cannot be decoded";
}

template <typename Decode>
SamplePtr decoded(Decode decode, const std::string& path) {
  start_gstreamer();
  try {
    return decode(gst::FrameSource{.element = file_source(path)}, [] { return false; });
  } catch (const gst::NoFrame& none) {
    throw Error(ErrorKind::Clip, Step::Download, subject(path) + ": " + display_text(none.why));
  }
}

// By elements of a launch line.
std::string encoded(const SamplePtr& frame, const std::string& elements, const std::string& path) {
  const Pipeline encoder(
      "appsrc name=in format=time num-buffers=1 ! " + elements + " ! appsink name=out sync=false",
      "a frame of '" + path + "' cannot be encoded");
  auto* const source = GST_APP_SRC(encoder.element("in"));
  gst_app_src_set_caps(source, gst_sample_get_caps(frame.get()));
  encoder.play();
  gst_app_src_push_buffer(source, gst_buffer_ref(gst_sample_get_buffer(frame.get())));
  gst_app_src_end_of_stream(source);
  const SamplePtr picture = encoder.pull("out");
  if (!picture)
    throw Error(ErrorKind::Clip, Step::Download,
                "a frame of '" + path + "' cannot be encoded: there is nothing in it");
  GstMapInfo map;
  gst_buffer_map(gst_sample_get_buffer(picture.get()), &map, GST_MAP_READ);
  std::string bytes(reinterpret_cast<const char*>(map.data), map.size);
  gst_buffer_unmap(gst_sample_get_buffer(picture.get()), &map);
  return bytes;
}

}  // namespace

SamplePtr first_frame(const std::string& path) {
  return decoded(gst::first_frame, path);
}

SamplePtr last_frame(const std::string& path) {
  return decoded(gst::last_frame, path);
}

bool is_same_picture(GstSample* one, GstSample* other) {
  return gst::is_same_picture(gst::cells_of(one), gst::cells_of(other));
}

std::string last_frame_png(const std::string& path) {
  return encoded(last_frame(path), "videoconvert ! pngenc", path);
}

std::string small_frame_jpeg(const std::string& path) {
  return encoded(first_frame(path),
                 "videoconvert ! videoscale ! video/x-raw,width=480,pixel-aspect-ratio=1/1 ! "
                 "videoconvert ! jpegenc quality=80",
                 path);
}

}  // namespace airforce::cli
