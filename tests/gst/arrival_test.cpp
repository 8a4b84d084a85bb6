// SPDX-License-Identifier: LGPL-2.1-or-later
// Playing and seeking while the clip is on its way, against the same MP4 decoded from a file.
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "support.h"

using namespace airforce::gst::test;

namespace {

const std::string kSinks =
    "s. ! video/x-raw ! queue ! fakesink name=video sync=false "
    "s. ! audio/x-raw ! queue ! fakesink name=audio sync=false ";

std::string from_service() {
  return std::string("airforcevideosrc name=s sound=true reuse=never ") + kRequest + " ";
}

std::string from_file(const std::string& clip) {
  return "filesrc location=" + clip + " ! decodebin3 name=s ";
}

struct Output {
  std::vector<std::string> video;
  std::vector<std::string> audio;
  bool operator==(const Output&) const = default;
};

void wait_until_here(GstElement* pipeline) {
  while (percent_downloaded(pipeline) < 100) g_usleep(10'000);
}

// The lines without the hashes.
std::vector<std::string> times_of(std::vector<std::string> lines) {
  for (std::string& line : lines) line.resize(line.rfind(' '));
  return lines;
}

const std::vector<Seek> kSeeks = {
    {"flushing", 1, 0, 5300 * GST_MSECOND, GST_CLOCK_TIME_NONE},
    {"key-unit", 1, GST_SEEK_FLAG_KEY_UNIT, 5300 * GST_MSECOND, GST_CLOCK_TIME_NONE},
    {"accurate", 1, GST_SEEK_FLAG_ACCURATE, 5300 * GST_MSECOND, GST_CLOCK_TIME_NONE},
    {"accurate, with an end", 1, GST_SEEK_FLAG_ACCURATE, 5300 * GST_MSECOND, 6 * GST_SECOND},
    {"segment", 1, GST_SEEK_FLAG_SEGMENT | GST_SEEK_FLAG_ACCURATE, 5300 * GST_MSECOND,
     6 * GST_SECOND},
    {"reverse", -1, GST_SEEK_FLAG_ACCURATE, 5 * GST_SECOND, 6 * GST_SECOND},
    {"twice as fast", 2, GST_SEEK_FLAG_ACCURATE, 5300 * GST_MSECOND, GST_CLOCK_TIME_NONE},
};

// The end of a segment as a sink gets it, behind the last frame; the message comes from the
// demuxer, far ahead of that.
class SegmentEnd {
 public:
  SegmentEnd(const Pipeline& pipeline, const char* sink) {
    const Ref<GstPad> pad(gst_element_get_static_pad(pipeline.element(sink).get(), "sink"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, probe, this, nullptr);
  }
  SegmentEnd(const SegmentEnd&) = delete;
  SegmentEnd& operator=(const SegmentEnd&) = delete;

  void wait() { came_.get_future().wait(); }

 private:
  static GstPadProbeReturn probe(GstPad*, GstPadProbeInfo* info, gpointer self) {
    if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_SEGMENT_DONE) {
      static_cast<SegmentEnd*>(self)->came_.set_value();
    }
    return GST_PAD_PROBE_OK;
  }

  std::promise<void> came_;
};

enum class When { at_once, during_the_download, when_all_is_downloaded };

// What is played after the seek. Nothing if it can't be made during the download, because most
// is available already.
std::optional<Output> seek_and_play(const std::string& description, const Seek& seek, When when) {
  Pipeline pipeline(description + kSinks);
  const Received video(pipeline, "video");
  const Received audio(pipeline, "audio");
  SegmentEnd ends[] = {{pipeline, "video"}, {pipeline, "audio"}};
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  if (when == When::during_the_download && percent_downloaded(pipeline.get()) >= 60)
    return std::nullopt;
  if (when == When::when_all_is_downloaded) wait_until_here(pipeline.get());
  fail_unless(gst_element_send_event(pipeline.get(), event_of(seek)), "no %s seek", seek.name);
  pipeline.set_state(GST_STATE_PLAYING);
  const Message message = pipeline.wait(
      static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_SEGMENT_DONE | GST_MESSAGE_ERROR));
  const bool is_segment = (seek.flags & GST_SEEK_FLAG_SEGMENT) != 0;
  fail_unless_equals_int(GST_MESSAGE_TYPE(message.get()),
                         is_segment ? GST_MESSAGE_SEGMENT_DONE : GST_MESSAGE_EOS);
  if (is_segment) {
    for (SegmentEnd& end : ends) end.wait();
  }
  pipeline.set_state(GST_STATE_NULL);
  return Output{video.lines(), audio.lines()};
}

// The slower a machine, the more of a clip is available when it has begun to play: the service is
// as slow as it needs to be.
Output seek_during_the_download(const std::string& clip, const Seek& seek) {
  for (int bandwidth = 1'000'000; bandwidth > 10'000; bandwidth /= 2) {
    const Simulator simulator(
        {"--clip=" + clip, "--task-seconds=0", "--bandwidth=" + std::to_string(bandwidth)});
    const auto played = seek_and_play(from_service(), seek, When::during_the_download);
    if (played) return *played;
  }
  ck_abort_msg("%s: the clip has been downloaded before it plays", seek.name);
}

void check_seeks(const std::string& clip, const std::vector<Seek>& seeks,
                 const std::function<Output(const Seek&)>& play_ours) {
  for (const Seek& seek : seeks) {
    Seek whole = seek;  // a segment has the same frames
    whole.flags &= ~GST_SEEK_FLAG_SEGMENT;
    const Output theirs = *seek_and_play(from_file(clip), whole, When::at_once);
    fail_unless(!theirs.video.empty() && !theirs.audio.empty(), "%s: nothing to compare",
                seek.name);
    const Output ours = play_ours(seek);
    fail_unless(ours.video == theirs.video, "%s: other pictures", seek.name);
    // The decoder makes noise of its own up where it begins in the middle of the sound.
    fail_unless(times_of(ours.audio) == times_of(theirs.audio), "%s: other sound", seek.name);
  }
}

void check_seeks_on(const char* mux, const std::vector<std::string>& service, When when,
                    const std::vector<Seek>& seeks) {
  const TempDir directory;
  const std::string clip = make_long_clip(directory, mux);
  std::vector<std::string> arguments = {"--clip=" + clip, "--task-seconds=0"};
  arguments.insert(arguments.end(), service.begin(), service.end());
  const Simulator simulator(arguments);
  check_seeks(clip, seeks,
              [when](const Seek& seek) { return *seek_and_play(from_service(), seek, when); });
}

Output play(const std::string& description) {
  Pipeline pipeline(description + kSinks);
  const Received video(pipeline, "video");
  const Received audio(pipeline, "audio");
  pipeline.play_to_end();
  return {video.lines(), audio.lines()};
}

}  // namespace

GST_START_TEST(seeks_to_what_is_not_yet_downloaded_give_the_frames_of_the_file) {
  const TempDir directory;
  const std::string clip = make_long_clip(directory, kFaststart);
  check_seeks(clip, kSeeks,
              [&clip](const Seek& seek) { return seek_during_the_download(clip, seek); });
}
GST_END_TEST

GST_START_TEST(seeks_in_what_has_arrived_give_the_frames_of_the_file) {
  check_seeks_on(kFaststart, {}, When::when_all_is_downloaded, kSeeks);
}
GST_END_TEST

GST_START_TEST(seeks_work_where_the_server_gives_no_ranges) {
  check_seeks_on(kIndexBehind, {"--bandwidth=1000000", "--fault=download:no-range"}, When::at_once,
                 {kSeeks[0], kSeeks[2]});
}
GST_END_TEST

GST_START_TEST(seeks_in_fragments_give_the_frames_of_the_file) {
  check_seeks_on(kFragments, {"--bandwidth=1000000"}, When::at_once, {kSeeks[0], kSeeks[2]});
}
GST_END_TEST

GST_START_TEST(every_kind_of_file_plays_from_every_kind_of_server) {
  for (const char* mux : {kFaststart, kIndexBehind, kFragments}) {
    const TempDir directory;
    const std::string clip = make_long_clip(directory, mux);
    const Output theirs = play(from_file(clip));
    fail_unless_equals_int(theirs.video.size(), 192);
    for (const char* server :
         {"--bandwidth=2000000", "--fault=download:no-range", "--fault=download:no-length",
          "--fault=download:other-range=-1000", "--fault=download:close-after=300000"}) {
      const Simulator simulator({"--clip=" + clip, "--task-seconds=0", server});
      fail_unless(play(from_service()) == theirs, "%s, %s", mux, server);
    }
  }
}
GST_END_TEST

static Suite* arrival_suite() {
  Suite* suite = suite_create("arrival");
  TCase* tcase = tcase_create("arrival");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, seeks_to_what_is_not_yet_downloaded_give_the_frames_of_the_file);
  tcase_add_test(tcase, seeks_in_what_has_arrived_give_the_frames_of_the_file);
  tcase_add_test(tcase, seeks_work_where_the_server_gives_no_ranges);
  tcase_add_test(tcase, seeks_in_fragments_give_the_frames_of_the_file);
  tcase_add_test(tcase, every_kind_of_file_plays_from_every_kind_of_server);
  return suite;
}

GST_CHECK_MAIN(arrival)
