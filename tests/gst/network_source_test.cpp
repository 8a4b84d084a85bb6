// SPDX-License-Identifier: LGPL-2.1-or-later
// What an application asks a network source, and what it answers, during the download.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gst/base/gstbasesink.h>

#include "support.h"

using namespace airforce::gst::test;

namespace {

// Eight seconds of noise and a tone, some 600 kB, and a simulator that serves it at `bandwidth`.
struct Slow {
  explicit Slow(const char* bandwidth)
      : clip(make_long_clip(directory, kFaststart)),
        simulator({"--clip=" + clip, "--task-seconds=0", bandwidth}) {}
  TempDir directory;
  std::string clip;
  Simulator simulator;
};

std::string source() {
  return std::string("airforcevideosrc name=s ") + kRequest +
         " quality=480p ! video/x-raw ! "
         "fakesink name=video ";
}

void preroll(Pipeline& pipeline) {
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
}

gint64 duration_of(const Pipeline& pipeline, GstFormat format) {
  gint64 duration = -1;
  fail_unless(gst_element_query_duration(pipeline.get(), format, &duration));
  return duration;
}

gint64 position_of(const Pipeline& pipeline) {
  gint64 position = -1;
  fail_unless(gst_element_query_position(pipeline.get(), GST_FORMAT_TIME, &position));
  return position;
}

}  // namespace

GST_START_TEST(duration_and_seeking_are_known_during_the_download) {
  const Slow slow("--bandwidth=300000");
  Pipeline pipeline(source() + "sync=false");
  preroll(pipeline);
  fail_unless(percent_downloaded(pipeline.get()) < 60);
  const gint64 duration = duration_of(pipeline, GST_FORMAT_TIME);
  fail_unless(duration >= 8 * gint64{GST_SECOND} && duration < 8200 * gint64{GST_MSECOND});
  g_autoptr(GstQuery) seeking = gst_query_new_seeking(GST_FORMAT_TIME);
  fail_unless(gst_element_query(pipeline.get(), seeking));
  gboolean seekable = FALSE;
  gint64 start = -1;
  gint64 end = -1;
  gst_query_parse_seeking(seeking, nullptr, &seekable, &start, &end);
  fail_unless(seekable);
  fail_unless_equals_int64(start, 0);
  fail_unless_equals_int64(end, duration);
}
GST_END_TEST

GST_START_TEST(position_advances_and_jumps_with_a_seek) {
  const Slow slow("--bandwidth=1000000");
  Pipeline pipeline(source());
  preroll(pipeline);
  fail_unless_equals_int64(position_of(pipeline), 0);
  fail_unless(gst_element_seek_simple(
      pipeline.get(), GST_FORMAT_TIME,
      static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE), 5 * GST_SECOND));
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  fail_unless_equals_int64(position_of(pipeline), 5 * GST_SECOND);
  pipeline.set_state(GST_STATE_PLAYING);
  while (position_of(pipeline) < gint64{5100 * GST_MSECOND}) g_usleep(5'000);
}
GST_END_TEST

GST_START_TEST(the_downloaded_part_is_reported_in_percent_and_in_bytes) {
  const Slow slow("--bandwidth=300000");
  Pipeline pipeline(source() + "sync=false");
  preroll(pipeline);
  int last = 0;
  do {
    g_autoptr(GstQuery) query = gst_query_new_buffering(GST_FORMAT_BYTES);
    fail_unless(gst_element_query(pipeline.get(), query));
    GstBufferingMode mode = GST_BUFFERING_STREAM;
    gint rate = 0;
    gint64 left = 0;
    gst_query_parse_buffering_stats(query, &mode, &rate, nullptr, &left);
    fail_unless_equals_int(mode, GST_BUFFERING_DOWNLOAD);
    const int percent = percent_downloaded(pipeline.get());
    gint64 stop = 0;
    fail_unless(gst_query_get_n_buffering_ranges(query) > 0);
    fail_unless(gst_query_parse_nth_buffering_range(query, 0, nullptr, &stop));
    const auto size = static_cast<gint64>(std::filesystem::file_size(slow.clip));
    fail_unless(stop * 100 / size <= percent && percent >= last);
    if (percent > 90 && left > 0) fail_unless(rate > 100'000 && rate < 600'000, "%d", rate);
    if (stop == size) fail_unless_equals_int64(left, 0);
    last = percent;
    g_usleep(20'000);
  } while (last < 100);
}
GST_END_TEST

GST_START_TEST(a_slow_line_is_reported_in_messages_that_end_with_100) {
  const Slow slow("--bandwidth=50000");  // the clip is played in 8 s and fetched in 12
  Pipeline pipeline(source());
  std::vector<int> reported;
  pipeline.set_state(GST_STATE_PAUSED);
  const Message last =
      pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_BUFFERING | GST_MESSAGE_ERROR),
                    [&](GstMessage* message) {
                      fail_unless_equals_int(GST_MESSAGE_TYPE(message), GST_MESSAGE_BUFFERING);
                      gint percent = -1;
                      GstBufferingMode mode = GST_BUFFERING_STREAM;
                      gst_message_parse_buffering(message, &percent);
                      gst_message_parse_buffering_stats(message, &mode, nullptr, nullptr, nullptr);
                      fail_unless_equals_int(mode, GST_BUFFERING_DOWNLOAD);
                      reported.push_back(percent);
                      return percent == 100;
                    });
  fail_unless(reported.size() > 3);
  fail_unless(std::is_sorted(reported.begin(), reported.end()));
  fail_unless(percent_downloaded(pipeline.get()) < 95, "it waited for the whole clip");
}
GST_END_TEST

GST_START_TEST(a_fast_line_is_not_worth_a_message) {
  const Slow slow("--bandwidth=2000000");
  Pipeline pipeline(source() + "sync=false");
  pipeline.set_state(GST_STATE_PLAYING);
  const Message message =
      pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_BUFFERING | GST_MESSAGE_EOS));
  fail_unless_equals_int(GST_MESSAGE_TYPE(message.get()), GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST(prompt_and_thumbnail_are_tags_of_the_streams) {
  const Simulator simulator({"--task-seconds=0.2"});  // what it renders has a thumbnail
  Pipeline pipeline(source());
  pipeline.set_state(GST_STATE_PLAYING);
  bool has_title = false;
  bool has_thumbnail = false;
  pipeline.wait(GST_MESSAGE_TAG, [&](GstMessage* message) {
    g_autoptr(GstTagList) tags = nullptr;
    gst_message_parse_tag(message, &tags);
    // A sink reports what came along its stream.
    if (!GST_IS_BASE_SINK(GST_MESSAGE_SRC(message))) return false;
    g_autofree char* title = nullptr;
    if (gst_tag_list_get_string(tags, GST_TAG_TITLE, &title)) {
      fail_unless_equals_string(title, "A red fox");
      has_title = true;
    }
    GstSample* sample = nullptr;
    if (gst_tag_list_get_sample(tags, GST_TAG_PREVIEW_IMAGE, &sample)) {
      const GstStructure* format = gst_caps_get_structure(gst_sample_get_caps(sample), 0);
      fail_unless(g_str_has_prefix(gst_structure_get_name(format), "image/"));
      fail_unless(gst_buffer_get_size(gst_sample_get_buffer(sample)) > 100);
      gst_sample_unref(sample);
      has_thumbnail = true;
    }
    return has_title && has_thumbnail;
  });
}
GST_END_TEST

GST_START_TEST(a_late_thumbnail_is_reported) {
  const Simulator simulator({"--task-seconds=0.2", "--fault=thumbnail:stall=1"});
  Pipeline pipeline(source() + "sync=false");
  pipeline.set_state(GST_STATE_PLAYING);
  bool has_ended = false;  // most often first, but a slow machine plays for longer than it stalls
  bool has_thumbnail = false;
  const auto types = static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_TAG);
  pipeline.wait(types, [&](GstMessage* message) {
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
      has_ended = true;
    } else {
      g_autoptr(GstTagList) tags = nullptr;
      gst_message_parse_tag(message, &tags);
      has_thumbnail |= gst_tag_list_get_tag_size(tags, GST_TAG_PREVIEW_IMAGE) > 0;
    }
    return has_ended && has_thumbnail;
  });
}
GST_END_TEST

GST_START_TEST(a_thumbnail_that_never_comes_is_waited_for_by_nobody) {
  const Simulator simulator({"--task-seconds=0.2", "--fault=thumbnail:stall"});
  Pipeline pipeline(source() + "sync=false");
  pipeline.play_to_end();
  const gint64 before = g_get_monotonic_time();
  pipeline.set_state(GST_STATE_NULL);
  fail_unless(g_get_monotonic_time() - before < G_USEC_PER_SEC);
}
GST_END_TEST

static Suite* network_source_suite() {
  Suite* suite = suite_create("network-source");
  TCase* tcase = tcase_create("network-source");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, duration_and_seeking_are_known_during_the_download);
  tcase_add_test(tcase, position_advances_and_jumps_with_a_seek);
  tcase_add_test(tcase, the_downloaded_part_is_reported_in_percent_and_in_bytes);
  tcase_add_test(tcase, a_slow_line_is_reported_in_messages_that_end_with_100);
  tcase_add_test(tcase, a_fast_line_is_not_worth_a_message);
  if (!speaks_sdk_dialect()) {
    tcase_add_test(tcase, prompt_and_thumbnail_are_tags_of_the_streams);
    tcase_add_test(tcase, a_late_thumbnail_is_reported);
  }
  tcase_add_test(tcase, a_thumbnail_that_never_comes_is_waited_for_by_nobody);
  return suite;
}

GST_CHECK_MAIN(network_source)
