// SPDX-License-Identifier: LGPL-2.1-or-later
// Pictures for the element's pads, and what the service got of them.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "support.h"
#include "support/slowness.h"

namespace airforce::gst::test {

inline constexpr gint64 kPrompt = airforce::test::kSlowness * 100 * G_TIME_SPAN_MILLISECOND;
// A test that nothing happens has to end some time.
inline constexpr GstClockTime kNothingHappens = 300 * GST_MSECOND;

// A model with the modes image and reference.
inline const std::string kSource = "airforcevideosrc name=s model=vidu-q1 prompt=\"It moves\" ";

inline std::string sha256(const std::string& bytes) {
  g_autofree char* hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, bytes.data(),
                                                        static_cast<gssize>(bytes.size()));
  return hash;
}

// A file of one frame, and its hash.
struct Picture {
  Picture(const TempDir& directory, const std::string& pattern, const std::string& encoder,
          const std::string& caps = "width=320,height=240")
      : path(directory.file(pattern + "." + encoder)) {
    Pipeline("videotestsrc num-buffers=1 pattern=" + pattern + " ! video/x-raw," + caps +
             " ! videoconvert ! " + encoder + " ! filesink location=" + path)
        .play_to_end();
    hash = sha256(airforce::test::read_file(path));
  }
  std::string path;
  std::string hash;
};

// What a pad is given by hand.
class Feeder {
 public:
  Feeder(const Pipeline& pipeline, const char* pad_name)
      : pad_(GST_PAD(gst_object_ref_sink(gst_pad_new("src", GST_PAD_SRC)))),
        sink_(gst_element_request_pad_simple(pipeline.element("s").get(), pad_name)) {
    fail_unless(sink_ != nullptr);
    fail_unless_equals_int(gst_pad_link(pad_.get(), sink_.get()), GST_PAD_LINK_OK);
    gst_pad_set_active(pad_.get(), TRUE);
  }
  bool begin(const char* caps) {
    gst_pad_push_event(pad_.get(), gst_event_new_stream_start("picture"));
    g_autoptr(GstCaps) format = gst_caps_from_string(caps);
    if (!gst_pad_push_event(pad_.get(), gst_event_new_caps(format))) return false;
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    return gst_pad_push_event(pad_.get(), gst_event_new_segment(&segment));
  }
  GstFlowReturn push(const std::string& bytes) {
    return gst_pad_push(pad_.get(),
                        gst_buffer_new_memdup(bytes.data(), static_cast<gsize>(bytes.size())));
  }
  bool end() { return gst_pad_push_event(pad_.get(), gst_event_new_eos()); }
  void flush() {
    gst_pad_push_event(pad_.get(), gst_event_new_flush_start());
    gst_pad_push_event(pad_.get(), gst_event_new_flush_stop(TRUE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(pad_.get(), gst_event_new_segment(&segment));
  }
  void release() {
    const Ref<GstElement> element(gst_pad_get_parent_element(sink_.get()));
    gst_element_release_request_pad(element.get(), sink_.get());
  }

 private:
  Ref<GstPad> pad_;
  Ref<GstPad> sink_;
};

// A source whose picture is given by hand.
struct ByHand {
  explicit ByHand(const std::string& mode = "mode=image ", const char* pad = "image_0")
      : pipeline(kSource + mode + "! fakesink"), feeder(pipeline, pad) {}

  const Served served{{}, false};
  Pipeline pipeline;
  Feeder feeder;
};

inline void fail_unless_refused(const Pipeline& pipeline, const char* pad) {
  const Ref<GstElement> element = pipeline.element("s");
  fail_unless(gst_element_request_pad_simple(element.get(), pad) == nullptr);
}

// The error is the element's own, about the picture, and nothing has been bought.
inline void fail_unless_image_error(const Simulator& simulator, GstMessage* message,
                                    const std::string& words) {
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  fail_unless(strstr(error->message, words.c_str()) != nullptr, "%s", error->message);
  fail_unless(strstr(error->message, "nothing was charged") != nullptr, "%s", error->message);
  fail_unless(g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(message, &details);
  fail_unless(details != nullptr);
  fail_unless_equals_string(gst_structure_get_string(details, "charge"), "none");
  fail_unless_equals_int(simulator.creates(), 0);
}

inline void fail_unless_images(const Simulator& simulator,
                               const std::vector<std::string>& expected) {
  const auto images = simulator.last_images();
  fail_unless_equals_int(images.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    fail_unless_equals_string(images[i].c_str(), expected[i].c_str());
  }
}

inline bool is_waiting(const Pipeline& pipeline) {
  return gst_element_get_state(pipeline.get(), nullptr, nullptr, kNothingHappens) ==
         GST_STATE_CHANGE_ASYNC;
}

inline std::string code_of(GstMessage* message) {
  g_autofree char* code = nullptr;
  gst_message_parse_progress(message, nullptr, &code, nullptr);
  return code;
}

inline void wait_for_start_of(Pipeline& pipeline, const char* code) {
  pipeline.wait(GST_MESSAGE_PROGRESS, [code](GstMessage* message) {
    return progress_type(message) == GST_PROGRESS_TYPE_START && code_of(message) == code;
  });
}

}  // namespace airforce::gst::test
