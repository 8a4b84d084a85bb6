// SPDX-License-Identifier: LGPL-2.1-or-later
// Items of a channel that continue one another, picture by picture.
#include <algorithm>
#include <cmath>

#include "channel_support.h"
#include "film_support.h"

using namespace airforce::gst::test;

namespace {

constexpr const char* kNumbered =
    "airforcechannelsrc name=c sound=true poll-interval=0.3 transition=0 ahead=20 when-empty=eos "
    "video-caps=\"video/x-raw,format=I420,width=160,height=120,framerate=24/1\" "
    "audio-caps=\"audio/x-raw,format=S16LE,rate=48000,channels=2\" "
    "c.video ! fakesink name=video sync=true  c.audio ! fakesink name=audio sync=true";

// Clips of a second of a model each. The second one begins with the last picture of the first, the
// third with that of the second, where colours have drifted.
struct Chain {
  Chain()
      : simulator({clip("wan-2.6", {.first = 1, .count = 25, .sound = 49}),
                   clip("seedance-lite", {.first = 25, .count = 25, .sound = 49}),
                   clip("kling-1", {.first = 49,
                                    .count = 25,
                                    .sound = 0,
                                    .drift = {.gain = 1.08, .offset = -4, .blue = 6}}),
                   "--task-seconds=0.2"}) {}

  TempDir directory;
  Simulator simulator;

 private:
  std::string clip(const char* model, const ClipSpec& spec) const {
    return std::string("--clip=") + model + "=" + make_numbered_clip(directory, model, spec);
  }
};

guint64 enqueue(const ChannelPipeline& channel, const char* model, bool continues) {
  return channel.enqueue_request((std::string("r,prompt=(string)") + model + ",model=(string)" +
                                  model + ",continue=(boolean)" + (continues ? "true" : "false"))
                                     .c_str());
}

// Pictures that are shown with numbers, in their order, each once however long it is held.
std::vector<ShownFrame> different(const FilmWatch& watch) {
  std::vector<ShownFrame> frames;
  for (const ShownFrame& frame : watch.frames()) {
    if (frame.number <= 0) continue;  // the card
    if (frames.empty() || frames.back().number != frame.number) frames.push_back(frame);
  }
  return frames;
}

}  // namespace

GST_START_TEST(a_continued_item_does_not_show_its_first_picture_twice) {
  const Chain chain;
  ChannelPipeline channel({}, kNumbered);
  channel.slow_down();
  const FilmWatch watch(channel.pipeline);
  enqueue(channel, "wan-2.6", false);
  const guint64 second = enqueue(channel, "seedance-lite", true);
  channel.play();
  const GstClockTime begin = time_of(channel.wait_for(second, "on-air"), "running-time");
  channel.pipeline.wait(GST_MESSAGE_EOS);
  const std::vector<ShownFrame> frames = watch.frames();
  // Without the second clip's own 25 the numbers rise by one a frame through the seam.
  int expected = 0;
  for (const ShownFrame& frame : frames) {
    if (frame.number == 1) expected = 1;
    if (expected == 0) continue;
    fail_unless_equals_int(frame.number, expected);
    if (expected == 26) {
      const auto off = static_cast<gint64>(frame.time) - static_cast<gint64>(begin);
      fail_unless(std::abs(off) < static_cast<gint64>(GST_MSECOND), "%f ms",
                  static_cast<double>(off) / GST_MSECOND);
    }
    if (expected++ == 49) break;
  }
  fail_unless_equals_int(expected, 50);
}
GST_END_TEST

GST_START_TEST(colours_of_a_chain_of_items_are_those_of_its_first) {
  const Chain chain;
  ChannelPipeline channel({}, kNumbered);
  channel.slow_down();
  const FilmWatch watch(channel.pipeline);
  enqueue(channel, "wan-2.6", false);
  enqueue(channel, "seedance-lite", true);
  enqueue(channel, "kling-1", true);
  channel.play();
  channel.pipeline.wait(GST_MESSAGE_EOS);
  const std::vector<ShownFrame> frames = different(watch);
  fail_unless_equals_int(frames.size(), 73);
  for (const ShownFrame& frame : frames) {
    fail_unless(std::abs(frame.brightness - frames[0].brightness) < 2, "picture %d: %f, not %f",
                frame.number, frame.brightness, frames[0].brightness);
    fail_unless(std::abs(frame.blue - frames[0].blue) < 2, "picture %d: %f, not %f", frame.number,
                frame.blue, frames[0].blue);
  }
}
GST_END_TEST

GST_START_TEST(an_item_that_does_not_continue_shows_all_its_pictures) {
  const Chain chain;
  ChannelPipeline channel({}, kNumbered);
  channel.slow_down();
  const FilmWatch watch(channel.pipeline);
  enqueue(channel, "wan-2.6", false);
  enqueue(channel, "kling-1", true);  // continues another picture than it begins with
  enqueue(channel, "seedance-lite", false);
  channel.play();
  channel.pipeline.wait(GST_MESSAGE_EOS);
  const std::vector<ShownFrame> frames = different(watch);
  fail_unless_equals_int(frames.size(), 75);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const int expected = static_cast<int>(i < 25 ? i + 1 : i < 50 ? i + 24 : i - 25);
    fail_unless_equals_int(frames[i].number, expected);
  }
}
GST_END_TEST

static Suite* channel_chain_suite() {
  Suite* suite = suite_create("channel_chain");
  TCase* tcase = tcase_create("channel_chain");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, a_continued_item_does_not_show_its_first_picture_twice);
  tcase_add_test(tcase, colours_of_a_chain_of_items_are_those_of_its_first);
  tcase_add_test(tcase, an_item_that_does_not_continue_shows_all_its_pictures);
  return suite;
}

GST_CHECK_MAIN(channel_chain)
