// SPDX-License-Identifier: LGPL-2.1-or-later
// What waiting elements cost: bench-wait COUNT SECONDS KEY...
// Starts COUNT elements, whose tasks do not end in that time, four with each key, and none but the
// first thread of them before. Prints a line of JSON: threads, private memory in bytes, and CPU
// seconds, of all elements together.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gst/gst.h>

#include "support/resources.h"

namespace {

using airforce::test::cpu_seconds;
using airforce::test::number_in;

double threads() {
  return number_in("/proc/self/status", "Threads:");
}

double private_memory() {
  // Pages of files are left out: whether they are private depends on what else runs.
  return 1024 * number_in("/proc/self/smaps_rollup", "Anonymous:");
}

// Once it stands still for a second: the first element loads decoders in the background.
double settled_memory() {
  double before = -1;
  double now = private_memory();
  for (int tries = 0; tries < 30 && now != before; ++tries) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    before = std::exchange(now, private_memory());
  }
  return now;
}

// A pipeline whose element waits for its task.
GstElement* start(const char* key, int number) {
  GstElement* element = gst_element_factory_make("airforcevideosrc", nullptr);
  if (element == nullptr) g_error("no airforcevideosrc");
  g_autofree char* prompt = g_strdup_printf("number %d", number);
  g_object_set(element, "model", "wan-2.6", "prompt", prompt, "api-key", key, nullptr);
  GstElement* pipeline = gst_pipeline_new(nullptr);
  gst_bin_add(GST_BIN(pipeline), element);
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
  while (true) {
    g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(
        bus, 20 * GST_SECOND,
        static_cast<GstMessageType>(GST_MESSAGE_PROGRESS | GST_MESSAGE_ERROR));
    if (message == nullptr || GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      g_error("element %d does not get its task", number);
    }
    const char* phase = gst_structure_get_string(gst_message_get_structure(message), "phase");
    if (g_strcmp0(phase, "queued") == 0 || g_strcmp0(phase, "running") == 0) return pipeline;
  }
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc < 4) return 2;
  const int count = std::atoi(argv[1]);
  const std::chrono::duration<double> seconds(std::atof(argv[2]));
  std::vector<GstElement*> pipelines;
  // What is loaded once is not an element's.
  pipelines.push_back(start(argv[3], -1));
  const double memory_before = settled_memory();
  const double threads_before = threads();
  for (int number = 1; number < count; ++number) {
    pipelines.push_back(start(argv[3 + number / 4], number));
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const double cpu_before = cpu_seconds();
  std::this_thread::sleep_for(seconds);
  const double cpu = cpu_seconds() - cpu_before;
  std::printf("{\"elements\": %d, \"threads\": %.0f, \"memory\": %.0f, \"cpu\": %.4f}\n", count - 1,
              threads() - threads_before, private_memory() - memory_before, cpu);
  std::fflush(stdout);
  for (GstElement* pipeline : pipelines) {
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
  return 0;
}
