// SPDX-License-Identifier: LGPL-2.1-or-later
// The clips: what they are, and what is to be seen in them.
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include <cairo.h>

#include <gst/app/app.h>
#include <gst/gst.h>
#include <gst/pbutils/pbutils.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include "support.h"

namespace airforce::simulator::test {
namespace {

template <typename T>
using Object = std::unique_ptr<T, decltype(&gst_object_unref)>;

struct Colour {
  double red = 0, green = 0, blue = 0;
};

/// A decoded frame.
struct Frame {
  int width = 0;
  int height = 0;
  std::string pixels;  // red, green, blue, nothing

  /// The mean colour of a part, in shares of the frame.
  [[nodiscard]] Colour mean(double left, double top, double right, double bottom) const {
    Colour sum;
    double count = 0;
    for (int y = static_cast<int>(top * height); y < static_cast<int>(bottom * height); ++y)
      for (int x = static_cast<int>(left * width); x < static_cast<int>(right * width); ++x) {
        const auto* pixel = reinterpret_cast<const unsigned char*>(pixels.data()) +
                            (static_cast<size_t>(y) * width + x) * 4;
        sum.red += pixel[0];
        sum.green += pixel[1];
        sum.blue += pixel[2];
        count += 1;
      }
    return {sum.red / count, sum.green / count, sum.blue / count};
  }
  /// The share of a part's pixels that differ clearly from another frame's.
  [[nodiscard]] double difference(const Frame& other, double top, double bottom) const {
    int different = 0;
    int count = 0;
    for (int y = static_cast<int>(top * height); y < static_cast<int>(bottom * height); ++y)
      for (int x = 0; x < width; ++x) {
        const size_t at = (static_cast<size_t>(y) * width + x) * 4 + 1;
        different += std::abs(static_cast<unsigned char>(pixels[at]) -
                              static_cast<unsigned char>(other.pixels[at])) > 12;
        count += 1;
      }
    return static_cast<double>(different) / count;
  }
};

/// All frames of an MP4.
std::vector<Frame> decode(const std::string& path) {
  // GStreamer 1.26's decoder aborts now and then when it renders directly
  // (common/gstreamer/direct_rendering.h).
  const std::string line = "filesrc location=" + path +
                           " ! qtdemux ! h264parse ! avdec_h264 direct-rendering=false ! "
                           "videoconvert ! video/x-raw,format=RGBx ! appsink name=sink sync=false";
  const Object<GstElement> pipeline(gst_parse_launch(line.c_str(), nullptr), gst_object_unref);
  const Object<GstElement> sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink"),
                                gst_object_unref);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  std::vector<Frame> frames;
  while (GstSample* sample =
             gst_app_sink_try_pull_sample(GST_APP_SINK(sink.get()), 10 * GST_SECOND)) {
    GstVideoInfo info;
    gst_video_info_from_caps(&info, gst_sample_get_caps(sample));
    GstVideoFrame mapped;
    gst_video_frame_map(&mapped, &info, gst_sample_get_buffer(sample), GST_MAP_READ);
    Frame frame = {.width = info.width, .height = info.height, .pixels = {}};
    for (int row = 0; row < info.height; ++row)
      frame.pixels.append(
          static_cast<const char*>(GST_VIDEO_FRAME_PLANE_DATA(&mapped, 0)) +
              static_cast<ptrdiff_t>(row) * GST_VIDEO_FRAME_PLANE_STRIDE(&mapped, 0),
          static_cast<size_t>(info.width) * 4);
    gst_video_frame_unmap(&mapped);
    gst_sample_unref(sample);
    frames.push_back(std::move(frame));
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return frames;
}

struct About {
  int width = 0;
  int height = 0;
  int frame_rate = 0;
  double seconds = 0;
  size_t audio_tracks = 0;
};

About discover(const std::string& path) {
  const std::unique_ptr<GstDiscoverer, decltype(&g_object_unref)> discoverer(
      gst_discoverer_new(20 * GST_SECOND, nullptr), g_object_unref);
  const std::unique_ptr<GstDiscovererInfo, decltype(&g_object_unref)> info(
      gst_discoverer_discover_uri(discoverer.get(), ("file://" + path).c_str(), nullptr),
      g_object_unref);
  About about;
  about.seconds = static_cast<double>(gst_discoverer_info_get_duration(info.get())) / GST_SECOND;
  GList* streams = gst_discoverer_info_get_video_streams(info.get());
  if (streams) {
    auto* video = static_cast<GstDiscovererVideoInfo*>(streams->data);
    about.width = static_cast<int>(gst_discoverer_video_info_get_width(video));
    about.height = static_cast<int>(gst_discoverer_video_info_get_height(video));
    about.frame_rate = static_cast<int>(gst_discoverer_video_info_get_framerate_num(video));
  }
  gst_discoverer_stream_info_list_free(streams);
  streams = gst_discoverer_info_get_audio_streams(info.get());
  about.audio_tracks = g_list_length(streams);
  gst_discoverer_stream_info_list_free(streams);
  return about;
}

/// A PNG of one colour, as base64.
std::string png(const Colour& colour) {
  cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 320, 240);
  cairo_t* context = cairo_create(surface);
  cairo_set_source_rgb(context, colour.red, colour.green, colour.blue);
  cairo_paint(context);
  cairo_destroy(context);
  std::string file;
  cairo_surface_write_to_png_stream(
      surface,
      [](void* to, const unsigned char* data, unsigned length) {
        static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
        return CAIRO_STATUS_SUCCESS;
      },
      &file);
  cairo_surface_destroy(surface);
  const std::unique_ptr<char, decltype(&g_free)> text(
      g_base64_encode(reinterpret_cast<const guchar*>(file.data()), file.size()), g_free);
  return text.get();
}

class Render : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  std::string bytes(const std::string& body) const {
    return request("GET", server.clip_url(body)).body;
  }
  std::string file(const std::string& body) const {
    static int count = 0;
    return directory.write("clip" + std::to_string(++count) + ".mp4", bytes(body));
  }
  TempDir directory;
  Server server{{}, Server::Clips::kRendered};
};

TEST_F(Render, has_the_size_length_and_sound_that_were_asked_for) {
  const About text = discover(file(
      R"({"model":"wan-2.6","prompt":"p","quality":"480p","aspect_ratio":"9:16","sound":true})"));
  EXPECT_EQ(text.width, 480);
  EXPECT_EQ(text.height, 854);
  EXPECT_EQ(text.frame_rate, 24);
  EXPECT_NEAR(text.seconds, 5, 0.05);
  EXPECT_EQ(text.audio_tracks, 1U);

  const About silent =
      discover(file(R"({"model":"kling-1","prompt":"p","aspect_ratio":"1:1","sound":true})"));
  EXPECT_EQ(silent.width, 720);
  EXPECT_EQ(silent.height, 720);
  EXPECT_EQ(silent.frame_rate, 30);
  EXPECT_EQ(silent.audio_tracks, 0U) << "this model makes no sound";
}

TEST_F(Render, has_every_frame) {
  EXPECT_EQ(decode(file(R"({"model":"ltx-mini","prompt":"p","duration_seconds":2})")).size(), 48U);
}

TEST_F(Render, same_seed_renders_the_same_file_and_another_seed_another_picture) {
  // In two processes, so that nothing is only remembered.
  const auto one = [](const Server& in, int seed) {
    return request("GET", in.clip_url(R"({"model":"seedance-lite","prompt":"a hill","sound":true,)"
                                      R"("seed":)" +
                                      std::to_string(seed) + "}"))
        .body;
  };
  const Server other({}, Server::Clips::kRendered);
  const std::string first = one(server, 7);
  EXPECT_EQ(first, one(other, 7));
  const auto frames = decode(directory.write("a.mp4", first));
  const auto others = decode(directory.write("b.mp4", one(server, 8)));
  EXPECT_GT(frames.at(20).difference(others.at(20), 0.2, 0.8), 0.1);
}

TEST_F(Render, moves) {
  const auto frames = decode(file(R"({"model":"ltx-mini","prompt":"p","duration_seconds":2})"));
  EXPECT_GT(frames.front().difference(frames.back(), 0.1, 0.85), 0.02);
  EXPECT_GT(frames.at(10).difference(frames.at(11), 0, 1), 0.0001);
}

TEST_F(Render, shows_the_prompt_whatever_is_in_it) {
  // The same landscape, since the seed is the same and no word of it calls for another.
  const auto with_prompt = [&](const std::string& prompt) {
    return decode(file(R"({"model":"ltx-mini","seed":3,"prompt":")" + prompt + R"("})")).at(5);
  };
  const Frame plain = with_prompt("hill");
  const Frame markup = with_prompt("hill <b>&amp;</i> 100% 狐狸");
  EXPECT_GT(plain.difference(markup, 0.85, 1), 0.01);
  EXPECT_LT(plain.difference(markup, 0.15, 0.6), 0.001);
}

TEST_F(Render, image_mode_shows_the_given_image) {
  const auto frames = decode(file(R"({"model":"seedance-lite","prompt":"p","mode":"image",)"
                                  R"("input_images":[{"b64_json":")" +
                                  png({1, 0, 0}) + R"("}]})"));
  for (const Frame& frame : {frames.front(), frames.back()}) {
    const Colour middle = frame.mean(0.3, 0.3, 0.7, 0.7);
    EXPECT_GT(middle.red, 230);
    EXPECT_LT(middle.green, 25);
  }
}

TEST_F(Render, reference_mode_blends_the_given_images) {
  const auto frames =
      decode(file(R"({"model":"seedance-lite","prompt":"p","mode":"reference",)"
                  R"("input_images":[{"b64_json":")" +
                  png({1, 0, 0}) + R"("},{"b64_json":")" + png({0, 0, 1}) + R"("}]})"));
  const Colour begin = frames.front().mean(0.3, 0.3, 0.7, 0.7);
  const Colour end = frames.back().mean(0.3, 0.3, 0.7, 0.7);
  EXPECT_GT(begin.red, begin.blue + 60);
  EXPECT_GT(begin.blue, 15) << "the second one shows through";
  EXPECT_GT(end.blue, end.red + 60);
  EXPECT_GT(end.red, 15);
}

TEST_F(Render, image_may_come_by_url_even_from_the_simulator_itself) {
  const std::string task = server.finish(server.create());
  const std::string second =
      server.finish(server.create(R"({"model":"seedance-lite","prompt":"p","mode":"image",)"
                                  R"("input_images":[{"url":")" +
                                  at(task, "$.thumbnail_url") + R"("}]})"));
  EXPECT_EQ(at(second, "$.status"), "completed") << second;
}

TEST_F(Render, index_is_in_front_or_at_the_end) {
  const std::string front = bytes("");
  EXPECT_LT(front.find("moov"), front.find("mdat"));
  const Server other({"--moov-at-end"}, Server::Clips::kRendered);
  const std::string end = request("GET", other.clip_url()).body;
  EXPECT_GT(end.rfind("moov"), end.find("mdat"));
  EXPECT_EQ(decode(directory.write("end.mp4", end)).size(), 24U);
}

TEST_F(Render, thumbnail_is_a_jpeg) {
  const std::string task = server.finish(server.create());
  const Reply reply = request("GET", at(task, "$.thumbnail_url"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("Content-Type"), "image/jpeg");
  EXPECT_TRUE(reply.body.starts_with("\xff\xd8\xff"));
}

TEST_F(Render, leaves_no_file_behind) {
  const TempDir scratch;
  const std::string script = R"(
    create() { curl -sf $AIRFORCE_BASE_URL/v1/video/generations -d "$1" \
                 -H "Authorization: Bearer $AIRFORCE_API_KEY"; }
    create '{"model":"ltx-mini","prompt":"p"}'
    create '{"model":"wan-2.6","prompt":"p"}'
    sleep 0.3)";  // ends while it is still rendering
  const Outcome outcome =
      run({simulator_binary(), "--quiet", "--task-seconds", "0", "--", "sh", "-c", script},
          {{"TMPDIR", scratch.file("")}});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(run({"ls", "-A", scratch.file("")}).output, "");
}

}  // namespace
}  // namespace airforce::simulator::test
