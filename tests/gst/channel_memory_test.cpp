// SPDX-License-Identifier: LGPL-2.1-or-later
// What a channel keeps of the items that it has shown: nothing that grows with their number.
#include <filesystem>

#include <malloc.h>

#include "channel_support.h"
#include "support/resources.h"

using namespace airforce::gst::test;

namespace {

// Half a second of picture and sound.
std::string make_short_clip(const TempDir& directory) {
  std::string path = directory.file("short.mp4");
  Pipeline(
      "videotestsrc num-buffers=12 ! video/x-raw,width=320,height=180,framerate=24/1 ! x264enc "
      "threads=1 speed-preset=ultrafast ! video/x-h264,profile=high ! mux. audiotestsrc "
      "num-buffers=24 samplesperbuffer=1000 ! audio/x-raw,rate=48000 ! audioconvert ! avenc_aac ! "
      "mux. mp4mux name=mux faststart=true ! filesink location=" +
      path)
      .play_to_end();
  return path;
}

struct Usage {
  double heap_mb;  // what malloc() has given out and not got back
  double resident_mb;
  int descriptors;
};

Usage usage() {
  const auto info = mallinfo2();
  int descriptors = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++descriptors;
  }
  return {static_cast<double>(info.uordblks + info.hblkhd) / (1 << 20),
          airforce::test::number_in("/proc/self/status", "VmRSS:") / 1024, descriptors};
}

// Shows so many items, each for a moment.
void show(const ChannelPipeline& channel, int count) {
  const Ref<GstBus> bus(gst_element_get_bus(channel.pipeline.get()));
  guint64 last = 0;
  for (int i = 0; i < count; ++i) {
    while (channel.queued() > 6) g_usleep(5000);
    last = channel.enqueue(("prompt " + std::to_string(i)).c_str());
    gboolean skipped = FALSE;
    g_signal_emit_by_name(channel.element.get(), "skip", &skipped);
    while (const Message message{gst_bus_pop(bus.get())}) continue;  // as applications do
  }
  channel.wait_for(last, "gone");
}

}  // namespace

GST_START_TEST(memory_and_descriptors_do_not_grow_with_a_hundred_items) {
  const TempDir directory;
  const Simulator simulator({"--clip=" + make_short_clip(directory), "--task-seconds=0"});
  ChannelPipeline channel("transition=(string)0.1,ahead=(string)2");
  channel.play();
  show(channel, 20);  // caches fill
  const Usage first = usage();
  const int count = std::getenv("AIRFORCE_CHANNEL_ITEMS") != nullptr
                        ? std::atoi(std::getenv("AIRFORCE_CHANNEL_ITEMS"))
                        : 100;
  show(channel, count);
  const Usage last = usage();
  g_print("after %d items: heap %+.1f of %.1f MB, resident %+.1f of %.1f MB, %+d descriptors\n",
          count, last.heap_mb - first.heap_mb, last.heap_mb, last.resident_mb - first.resident_mb,
          last.resident_mb, last.descriptors - first.descriptors);
  fail_unless(last.heap_mb - first.heap_mb < 2, "%.1f MB", last.heap_mb - first.heap_mb);
  fail_unless(last.descriptors - first.descriptors < 8);
}
GST_END_TEST

static Suite* channel_memory_suite() {
  Suite* suite = suite_create("channel_memory");
  TCase* tcase = tcase_create("channel_memory");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 400);
  tcase_add_test(tcase, memory_and_descriptors_do_not_grow_with_a_hundred_items);
  return suite;
}

GST_CHECK_MAIN(channel_memory)
