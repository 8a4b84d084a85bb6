// SPDX-License-Identifier: LGPL-2.1-or-later
// What a channel shows, picture by picture: when a clip begins and ends, what is between two clips,
// and the card.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "channel_support.h"
#include "support/slowness.h"

using namespace airforce::gst::test;

namespace {

using airforce::test::slowness;

constexpr int kWidth = 64;
constexpr int kHeight = 48;
constexpr const char* kVideo =
    "video-caps=\"video/x-raw,format=I420,width=64,height=48,framerate=24/1\" "
    "c.video ! fakesink name=picture sync=true";

using Colour = std::array<int, 3>;  // Y, U, V

// Three seconds of one colour.
std::string make_colour_clip(const TempDir& directory, const char* name, const char* argb) {
  std::string path = directory.file(name);
  Pipeline("videotestsrc num-buffers=72 pattern=solid-color foreground-color=" + std::string(argb) +
           " ! video/x-raw,format=I420,width=64,height=48,framerate=24/1 ! x264enc threads=1 "
           "speed-preset=ultrafast quantizer=10 ! video/x-h264,profile=high ! mp4mux "
           "faststart=true ! filesink location=" +
           path)
      .play_to_end();
  return path;
}

// A service whose clips are white, but blue of one model.
struct Colours {
  TempDir directory;
  std::string white = make_colour_clip(directory, "white.mp4", "0xffffffff");
  std::string blue = make_colour_clip(directory, "blue.mp4", "0xff2040c0");
  Simulator simulator{{"--clip=" + white, "--clip=seedance-lite=" + blue, "--task-seconds=0.3"}};
};

// Every picture that comes to a sink: its time and the colour of its middle.
class Pictures {
 public:
  struct Picture {
    GstClockTime time;
    Colour colour;
  };

  explicit Pictures(GstElement* sink) {
    const Ref<GstPad> pad(gst_element_get_static_pad(sink, "sink"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, take, this, nullptr);
  }
  Pictures(const Pictures&) = delete;
  Pictures& operator=(const Pictures&) = delete;
  std::vector<Picture> all() const {
    const std::lock_guard lock(mutex_);
    return pictures_;
  }
  // From the first one that is bright to the end of the last one.
  std::pair<GstClockTime, GstClockTime> bright() const {
    GstClockTime from = GST_CLOCK_TIME_NONE;
    GstClockTime to = 0;
    for (const Picture& picture : all()) {
      if (picture.colour[0] < 128) continue;
      from = std::min(from, picture.time);
      to = std::max(to, picture.time + kFrame);
    }
    return {from, to};
  }

 private:
  static GstPadProbeReturn take(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto& self = *static_cast<Pictures*>(data);
    GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    std::array<guint8, kWidth * kHeight * 3 / 2> bytes;
    gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
    constexpr std::size_t kMiddle = kHeight / 2 * kWidth + kWidth / 2;
    constexpr std::size_t kQuarter = kHeight / 4 * kWidth / 2 + kWidth / 4;
    constexpr std::size_t kLuma = kWidth * kHeight;
    const std::lock_guard lock(self.mutex_);
    self.pictures_.push_back(
        {GST_BUFFER_PTS(buffer),
         {bytes[kMiddle], bytes[kLuma + kQuarter], bytes[kLuma + kLuma / 4 + kQuarter]}});
    return GST_PAD_PROBE_OK;
  }

  mutable std::mutex mutex_;
  std::vector<Picture> pictures_;
};

GstClockTime latency_of(GstElement* pipeline) {
  g_autoptr(GstQuery) query = gst_query_new_latency();
  fail_unless(gst_element_query(pipeline, query));
  GstClockTime latency = 0;
  gst_query_parse_latency(query, nullptr, &latency, nullptr);
  return latency;
}

double in_ms(GstClockTimeDiff time) {
  return static_cast<double>(time) / GST_MSECOND;
}

// Of a posted item: at the running time `expected` of the picture, and not before that was
// rendered.
void fail_unless_posted_in_time(const GstStructure* item, GstClockTime expected,
                                GstClockTime latency) {
  const char* state = gst_structure_get_string(item, "state");
  const GstClockTimeDiff off = GST_CLOCK_DIFF(expected, time_of(item, "running-time"));
  fail_unless(std::abs(off) < static_cast<GstClockTimeDiff>(kFrame), "%s: %.1f ms beside", state,
              in_ms(off));
  const GstClockTimeDiff late = GST_CLOCK_DIFF(expected + latency, time_of(item, "posted-at"));
  fail_unless(late > -static_cast<GstClockTimeDiff>(kFrame), "%s: posted %.1f ms early", state,
              in_ms(-late));
  fail_unless(in_ms(late) < 2 * in_ms(kFrame) * slowness(), "%s: posted %.1f ms late", state,
              in_ms(late));
}

}  // namespace

GST_START_TEST(an_item_is_posted_as_on_air_and_gone_when_its_pictures_are_rendered) {
  const Colours colours;
  ChannelPipeline channel(
      "when-empty=(string)placeholder",
      (std::string("airforcechannelsrc name=c model=wan-2.6 transition=0 ") + kVideo).c_str());
  channel.slow_down();
  const Pictures pictures(channel.pipeline.element("picture").get());
  const guint64 id = channel.enqueue("snow");
  channel.play();
  const GstStructure* on_air = channel.wait_for(id, "on-air");
  fail_unless(pictures.bright().first != GST_CLOCK_TIME_NONE);
  const GstStructure* gone = channel.wait_for(id, "gone");
  const GstClockTime latency = latency_of(channel.pipeline.get());
  const auto [first, end] = pictures.bright();
  fail_unless_posted_in_time(on_air, first, latency);
  fail_unless_posted_in_time(gone, end, latency);
}
GST_END_TEST

GST_START_TEST(each_picture_of_a_transition_is_that_part_of_both_clips) {
  const Colours colours;
  ChannelPipeline channel(
      "transition=(string)1",
      (std::string("airforcechannelsrc name=c model=wan-2.6 ") + kVideo).c_str());
  channel.slow_down();
  const Pictures pictures(channel.pipeline.element("picture").get());
  const guint64 first = channel.enqueue("snow");
  const guint64 second =
      channel.enqueue_request("r,prompt=(string)sea,model=(string)seedance-lite");
  channel.play();
  const GstClockTime begin = time_of(channel.wait_for(second, "on-air"), "running-time");
  const GstClockTime end = time_of(channel.wait_for(first, "gone"), "running-time");
  channel.wait_for(second, "gone");
  fail_unless_equals_uint64(end, begin + GST_SECOND);
  Colour from{};
  Colour to{};
  for (const auto& [time, colour] : pictures.all()) {
    if (time + kFrame <= begin) from = colour;
    if (time >= end && time < end + GST_SECOND / 2) to = colour;
  }
  fail_unless(from[0] > 220 && to[0] < 100 && to[1] > 160, "%d to %d, %d", from[0], to[0], to[1]);
  int between = 0;
  for (const auto& [time, colour] : pictures.all()) {
    if (time < begin || time >= end) continue;
    const double part = static_cast<double>(time - begin) / GST_SECOND;
    for (std::size_t i = 0; i < colour.size(); ++i) {
      const double expected = from[i] + (to[i] - from[i]) * part;
      fail_unless(std::abs(colour[i] - expected) < 6, "at %.2f: %d, not %.1f", part, colour[i],
                  expected);
    }
    if (part > 0.4 && part < 0.6) ++between;
  }
  fail_unless(between >= 4, "%d pictures in the middle", between);
}
GST_END_TEST

GST_START_TEST(an_item_that_is_skipped_fades_to_the_card_where_nothing_comes_next) {
  const Colours colours;
  ChannelPipeline channel(
      "transition=(string)0.5",
      (std::string("airforcechannelsrc name=c model=wan-2.6 ") + kVideo).c_str());
  channel.slow_down();
  const Pictures pictures(channel.pipeline.element("picture").get());
  const guint64 id = channel.enqueue("snow");
  channel.play();
  const GstClockTime shown = time_of(channel.wait_for(id, "on-air"), "running-time");
  while (pictures.bright().first == GST_CLOCK_TIME_NONE) g_usleep(5000);
  gboolean done = FALSE;
  g_signal_emit_by_name(channel.element.get(), "skip", &done);
  fail_unless(done);
  const GstClockTime end = time_of(channel.wait_for(id, "gone"), "running-time");
  fail_unless(end < shown + 3 * GST_SECOND);
  int between = 0;
  for (const auto& [time, colour] : pictures.all()) {
    if (time + GST_SECOND / 2 > end && time < end && colour[0] > 40 && colour[0] < 200) ++between;
    fail_unless(time < end || colour[0] < 40, "%d after the end", colour[0]);
  }
  fail_unless(between >= 4, "%d pictures fade", between);
}
GST_END_TEST

GST_START_TEST(the_card_shows_the_prompt_and_its_progress) {
  const Simulator simulator({"--task-seconds=2"});
  ChannelPipeline channel(
      {},
      "airforcechannelsrc name=c model=ltx-mini poll-interval=0.2 "
      "video-caps=\"video/x-raw,format=I420,width=320,height=180,framerate=24/1\" "
      "c.video ! fakesink name=picture sync=true");
  struct Card {
    std::mutex mutex;
    std::vector<int> lit;  // of the pixels of each different picture
    guint last = 0;
  } card;
  const Ref<GstPad> pad(
      gst_element_get_static_pad(channel.pipeline.element("picture").get(), "sink"));
  gst_pad_add_probe(
      pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto& its = *static_cast<Card*>(data);
        std::vector<guint8> luma(320 * 180);
        gst_buffer_extract(GST_PAD_PROBE_INFO_BUFFER(info), 0, luma.data(), luma.size());
        guint hash = 5381;
        for (const guint8 pixel : luma) hash = hash * 33 + pixel;
        const std::lock_guard lock(its.mutex);
        if (hash == its.last) return GST_PAD_PROBE_OK;
        its.last = hash;
        its.lit.push_back(static_cast<int>(
            std::count_if(luma.begin(), luma.end(), [](guint8 pixel) { return pixel > 180; })));
        return GST_PAD_PROBE_OK;
      },
      &card, nullptr);
  const guint64 id = channel.enqueue("a <fox> & a hare");
  channel.play();
  channel.wait_for(id, "being-made");
  const Ref<GstElement> text(gst_bin_get_by_name(GST_BIN(channel.element.get()), "card-text"));
  std::vector<std::string> texts;
  while (channel.count(id, "ready") == 0) {
    g_autofree char* now = nullptr;
    g_object_get(text.get(), "text", &now, nullptr);
    if (now != nullptr && (texts.empty() || texts.back() != now)) texts.emplace_back(now);
    g_usleep(5000);
  }
  fail_unless(std::count_if(texts.begin(), texts.end(), [](const std::string& one) {
                return one.starts_with("a &lt;fox&gt; &amp; a hare\n") && one.ends_with(" %");
              }) >= 2);
  const std::lock_guard lock(card.mutex);
  // Text covers some of the card, and is another one whenever the progress changes.
  const auto drawn = std::count_if(card.lit.begin(), card.lit.end(),
                                   [](int lit) { return lit > 200 && lit < 320 * 180 / 4; });
  fail_unless(drawn >= 3, "%d different pictures with text", static_cast<int>(drawn));
}
GST_END_TEST

static Suite* channel_picture_suite() {
  Suite* suite = suite_create("channel_picture");
  TCase* tcase = tcase_create("channel_picture");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, an_item_is_posted_as_on_air_and_gone_when_its_pictures_are_rendered);
  tcase_add_test(tcase, each_picture_of_a_transition_is_that_part_of_both_clips);
  tcase_add_test(tcase, an_item_that_is_skipped_fades_to_the_card_where_nothing_comes_next);
  tcase_add_test(tcase, the_card_shows_the_prompt_and_its_progress);
  return suite;
}

GST_CHECK_MAIN(channel_picture)
