// SPDX-License-Identifier: LGPL-2.1-or-later
// Stopping: at once, from everywhere, without a leak, as often as one likes.
#include <algorithm>
#include <atomic>
#include <cstdlib>

#include <dlfcn.h>

#include "support.h"
#include "support/slowness.h"

using namespace airforce::gst::test;

namespace {

// What a stop may take. A machine that is busy with other tests may let some wait for a processor,
// and the first may come while decoders are loaded.
constexpr gint64 kPrompt = airforce::test::kSlowness * 100 * G_TIME_SPAN_MILLISECOND;
constexpr gint64 kMax = airforce::test::kSlowness * 5 * G_TIME_SPAN_SECOND;

// How often each phase is stopped; AIRFORCE_TEST_ROUNDS says otherwise.
int rounds() {
  const char* text = g_getenv("AIRFORCE_TEST_ROUNDS");
  return text != nullptr ? std::atoi(text) : 10;
}

std::string source(const std::string& settings) {
  return std::string("airforcevideosrc name=s ") + kRequest + " " + settings + " ";
}

// Starts, waits for the phase, stops, again and again with one element.
void stop_in_phase(const std::string& settings,
                   const std::function<void(Pipeline&)>& wait_for_phase, int times = rounds()) {
  Pipeline pipeline(source(settings) + "fakesink name=sink sync=true");
  keep_linked(pipeline, "s", "video", "sink");
  const Ref<GstElement> element = pipeline.element("s");
  std::vector<gint64> took;
  for (int round = 0; round < times; ++round) {
    fail_unless_equals_int(pipeline.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_ASYNC);
    wait_for_phase(pipeline);
    const gint64 start = g_get_monotonic_time();
    fail_unless_equals_int(pipeline.set_state(GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
    took.push_back(g_get_monotonic_time() - start);
    fail_unless_equals_int(element->numpads, 0);
    fail_unless_equals_int(GST_BIN_NUMCHILDREN(element.get()), 0);
  }
  std::sort(took.begin(), took.end());
  fail_unless(took[took.size() / 2] < kPrompt && took.back() < kMax,
              "stopping took up to %" G_GINT64_FORMAT " us", took.back());
}

// The first PROGRESS message of one of these phases.
std::function<void(Pipeline&)> progress_in(std::vector<std::string> phases) {
  return [phases](Pipeline& pipeline) {
    pipeline.wait(GST_MESSAGE_PROGRESS, [&phases](GstMessage* message) {
      const char* phase = gst_structure_get_string(gst_message_get_structure(message), "phase");
      return phase != nullptr && std::find(phases.begin(), phases.end(), phase) != phases.end();
    });
  };
}

std::function<void(Pipeline&)> progress_of(GstProgressType type) {
  return [type](Pipeline& pipeline) { pipeline.wait_for_progress(type); };
}

void playing(Pipeline& pipeline) {
  GstState state = GST_STATE_NULL;
  gst_element_get_state(pipeline.get(), &state, nullptr, 30 * GST_SECOND);
  fail_unless_equals_int(state, GST_STATE_PLAYING);
}

bool is_demuxer(GstElement* element) {
  GstElementFactory* factory = gst_element_get_factory(element);
  return factory != nullptr && g_str_equal(GST_OBJECT_NAME(factory), "qtdemux");
}

// The demuxer is there, and waits for what it is to read.
void demuxer_is_there(Pipeline& pipeline) {
  const auto found = [](const GValue* element, gpointer) {
    return is_demuxer(GST_ELEMENT(g_value_get_object(element))) ? 0 : 1;
  };
  for (bool is_there = false; !is_there; g_usleep(100)) {
    GstIterator* all = gst_bin_iterate_recurse(GST_BIN(pipeline.get()));
    GValue demuxer = G_VALUE_INIT;
    is_there = gst_iterator_find_custom(all, reinterpret_cast<GCompareFunc>(+found), &demuxer,
                                        nullptr) != FALSE;
    if (is_there) g_value_unset(&demuxer);
    gst_iterator_free(all);
  }
}

// Stops the source in the thread that posts the first such message.
void stop_in_handler(const std::function<bool(GstMessage*)>& is_meant) {
  Pipeline pipeline(source("") + "s. ! video/x-raw ! fakesink");
  const Ref<GstElement> element = pipeline.element("s");
  struct Stop {
    const std::function<bool(GstMessage*)>& is_meant;
    GstElement* element;
    std::atomic<bool> done = false;
  } stop{is_meant, element.get()};
  const Ref<GstBus> bus(gst_element_get_bus(pipeline.get()));
  gst_bus_set_sync_handler(
      bus.get(),
      [](GstBus*, GstMessage* message, gpointer data) {
        auto* to_do = static_cast<Stop*>(data);
        if (!to_do->done && to_do->is_meant(message)) {
          gst_element_set_state(to_do->element, GST_STATE_NULL);
          to_do->done = true;
        }
        return GST_BUS_PASS;
      },
      &stop, nullptr);
  for (int round = 0; round < rounds(); ++round) {
    stop.done = false;
    pipeline.set_state(GST_STATE_PLAYING);
    while (!stop.done) g_usleep(100);
    pipeline.set_state(GST_STATE_NULL);
  }
  gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
}

// Where a demuxer was kept in its plugging, and whether one was ever taken away running.
std::atomic<bool> hold_plugging = false;
std::atomic<bool> is_held = false;
std::atomic<bool> ran_on = false;

// Where the task that plugs it is kept before it begins.
std::atomic<bool> hold_start = false;
struct HeldTask {
  GstPad* pad;
  GstTaskFunction function;
  gpointer data;
};

void run_late(gpointer data) {
  auto* task = static_cast<HeldTask*>(data);
  is_held = true;
  for (int i = 0; i < 1000 && hold_start && !GST_PAD_IS_FLUSHING(task->pad); ++i) g_usleep(100);
  hold_start = false;
  task->function(task->data);
}

void removed(GstBin*, GstBin*, GstElement* element, gpointer) {
  if (is_demuxer(element) && GST_STATE(element) > GST_STATE_READY) ran_on = true;
}

// Stops where `hold` keeps the plugging of a demuxer, which must not leave one running.
void stop_once_held(std::atomic<bool>& hold) {
  Pipeline pipeline(source("") + "s. ! video/x-raw ! fakesink");
  g_signal_connect(pipeline.get(), "deep-element-removed", G_CALLBACK(removed), nullptr);
  hold = true;
  pipeline.set_state(GST_STATE_PLAYING);
  while (!is_held) g_usleep(100);
  pipeline.set_state(GST_STATE_NULL);
  fail_if(ran_on);
}

}  // namespace

// In front of GStreamer's own, which this program exports: the last step of plugging, in which the
// demuxer, which runs already, becomes the bin's to stop. It is made when what the demuxer reads
// from has stopped, or waits for it.
gboolean gst_element_set_locked_state(GstElement* element, gboolean locked) {
  if (hold_plugging && !locked && is_demuxer(element)) {
    const Ref<GstPad> sink(gst_element_get_static_pad(element, "sink"));
    const Ref<GstPad> upstream(gst_pad_get_peer(sink.get()));
    is_held = true;
    for (int i = 0; i < 1000 && upstream && !GST_PAD_IS_FLUSHING(upstream.get()); ++i) {
      g_usleep(100);
    }
  }
  static const auto next = reinterpret_cast<gboolean (*)(GstElement*, gboolean)>(
      dlsym(RTLD_NEXT, "gst_element_set_locked_state"));
  return next(element, locked);
}

// In front of GStreamer's own, too.
gboolean gst_pad_start_task(GstPad* pad, GstTaskFunction function, gpointer data,
                            GDestroyNotify notify) {
  static const auto next =
      reinterpret_cast<gboolean (*)(GstPad*, GstTaskFunction, gpointer, GDestroyNotify)>(
          dlsym(RTLD_NEXT, "gst_pad_start_task"));
  g_autoptr(GstElement) parent = gst_pad_get_parent_element(pad);
  GstElementFactory* factory = parent != nullptr ? gst_element_get_factory(parent) : nullptr;
  if (!hold_start || factory == nullptr || !g_str_equal(GST_OBJECT_NAME(factory), "typefind"))
    return next(pad, function, data, notify);
  fail_unless(notify == nullptr);
  return next(pad, run_late, new HeldTask{pad, function, data},
              [](gpointer task) { delete static_cast<HeldTask*>(task); });
}

GST_START_TEST(at_once_after_the_start) {
  const Simulator simulator;
  stop_in_phase("", [](Pipeline&) {});
}
GST_END_TEST

GST_START_TEST(a_stop_while_the_models_are_asked_for_is_immediate) {
  const Simulator simulator({"--fault=models:stall-before"});
  stop_in_phase("", progress_of(GST_PROGRESS_TYPE_START));
}
GST_END_TEST

GST_START_TEST(a_stop_while_waiting_for_a_slot_is_immediate) {
  const Simulator simulator({"--fault=create:status=429,retry-after=60"});
  stop_in_phase("", progress_in({"wait"}));
}
GST_END_TEST

// Each time another clip: the create of the one before may still appear, and holds its slot.
GST_START_TEST(a_stop_while_creating_is_immediate) {
  const Simulator simulator({"--fault=create:stall-before"});
  stop_in_phase("reuse=never", progress_in({"create"}), 3);
}
GST_END_TEST

GST_START_TEST(a_stop_while_the_stream_is_silent_is_immediate) {
  const Simulator simulator({"--task-seconds=600", "--fault=stream:stall-before"});
  stop_in_phase("", progress_in({"queued", "running"}));
}
GST_END_TEST

GST_START_TEST(a_stop_while_polling_is_immediate) {
  const Simulator simulator({"--task-seconds=600", "--fault=poll:stall=0.05"});
  stop_in_phase("progress-source=poll poll-interval=0.1", progress_in({"queued", "running"}));
}
GST_END_TEST

// The demuxer is made while the clip is fetched.
GST_START_TEST(a_stop_while_the_demuxer_waits_for_the_first_byte_is_immediate) {
  const Simulator simulator({"--task-seconds=0.1", "--fault=download:stall-before"});
  stop_in_phase("", demuxer_is_there);
}
GST_END_TEST

GST_START_TEST(a_stop_while_the_first_bytes_are_downloaded_is_immediate) {
  const Simulator simulator({"--task-seconds=0.1", "--fault=download:stall-after=20000"});
  stop_in_phase("quality=480p", progress_of(GST_PROGRESS_TYPE_COMPLETE));
}
GST_END_TEST

GST_START_TEST(a_stop_while_playing_what_is_still_downloaded_is_immediate) {
  const Simulator simulator({"--task-seconds=0.1", "--fault=download:stall-after=200000"});
  stop_in_phase("quality=480p", playing);
}
GST_END_TEST

GST_START_TEST(a_stop_while_playing_is_immediate) {
  TempDir directory;
  const Simulator simulator({"--task-seconds=0.1", "--clip=" + make_clip(directory)});
  stop_in_phase("reuse=always", playing);
}
GST_END_TEST

// GStreamer passes over a demuxer that is just being plugged.
GST_START_TEST(a_stop_while_the_demuxer_is_plugged_leaves_none_running) {
  TempDir directory;
  const Simulator simulator({"--task-seconds=0.1", "--clip=" + make_clip(directory)});
  stop_once_held(hold_plugging);
}
GST_END_TEST

GST_START_TEST(a_stop_before_the_demuxer_is_plugged_leaves_none_running) {
  const Simulator simulator({"--task-seconds=0.1", "--fault=download:stall-before"});
  stop_once_held(hold_start);
}
GST_END_TEST

// An application that stops the pipeline in its synchronous handler does so in the worker's own
// thread.
GST_START_TEST(a_stop_from_the_worker_by_a_synchronous_handler_is_possible) {
  const Simulator simulator;
  stop_in_handler([](GstMessage* message) {
    return GST_MESSAGE_TYPE(message) == GST_MESSAGE_PROGRESS &&
           progress_type(message) == GST_PROGRESS_TYPE_CONTINUE;
  });
}
GST_END_TEST

GST_START_TEST(a_stop_from_the_thread_that_makes_the_decoder_is_possible) {
  const Simulator simulator({"--task-seconds=0.1", "--fault=download:stall-before"});
  stop_in_handler([](GstMessage* message) {
    return GST_MESSAGE_TYPE(message) == GST_MESSAGE_STATE_CHANGED &&
           g_str_has_prefix(GST_MESSAGE_SRC_NAME(message), "decodebin3");
  });
}
GST_END_TEST

static Suite* stopping_suite() {
  Suite* suite = suite_create("stopping");
  TCase* tcase = tcase_create("stopping");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 600);
  tcase_add_test(tcase, at_once_after_the_start);
  tcase_add_test(tcase, a_stop_while_the_models_are_asked_for_is_immediate);
  tcase_add_test(tcase, a_stop_while_waiting_for_a_slot_is_immediate);
  tcase_add_test(tcase, a_stop_while_creating_is_immediate);
  tcase_add_test(tcase, a_stop_while_the_stream_is_silent_is_immediate);
  tcase_add_test(tcase, a_stop_while_polling_is_immediate);
  tcase_add_test(tcase, a_stop_while_the_demuxer_waits_for_the_first_byte_is_immediate);
  tcase_add_test(tcase, a_stop_while_the_first_bytes_are_downloaded_is_immediate);
  tcase_add_test(tcase, a_stop_while_playing_what_is_still_downloaded_is_immediate);
  tcase_add_test(tcase, a_stop_while_playing_is_immediate);
  tcase_add_test(tcase, a_stop_while_the_demuxer_is_plugged_leaves_none_running);
  tcase_add_test(tcase, a_stop_before_the_demuxer_is_plugged_leaves_none_running);
  tcase_add_test(tcase, a_stop_from_the_worker_by_a_synchronous_handler_is_possible);
  tcase_add_test(tcase, a_stop_from_the_thread_that_makes_the_decoder_is_possible);
  return suite;
}

GST_CHECK_MAIN(stopping)
