// SPDX-License-Identifier: LGPL-2.1-or-later
// A channel that is controlled at random: a hundred prompts, calls and state changes at
// random.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <thread>

#include "channel_support.h"

using namespace airforce::gst::test;

namespace {

constexpr int kPrompts = 100;

class Chance {
 public:
  Chance() {
    const char* given = std::getenv("AIRFORCE_RANDOM_SEED");
    seed_ = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                             : std::random_device{}();
    engine_.seed(seed_);
  }
  unsigned seed() const { return seed_; }
  int below(int end) { return static_cast<int>(engine_() % static_cast<unsigned>(end)); }

 private:
  unsigned seed_ = 0;
  std::mt19937 engine_;
};

// From another thread than the one that changes states.
void call_at_random(GstElement* channel, Chance chance, std::atomic<bool>& done) {
  while (!done) {
    gboolean worked = FALSE;
    switch (chance.below(6)) {
      case 0: g_signal_emit_by_name(channel, "skip", &worked); break;
      case 1:
        g_signal_emit_by_name(channel, "remove", static_cast<guint64>(1 + chance.below(kPrompts)),
                              &worked);
        break;
      case 2:
        if (chance.below(5) == 0) g_signal_emit_by_name(channel, "clear");
        break;
      case 3: g_object_set(channel, "transition", chance.below(3) * 0.3, nullptr); break;
      case 4: g_object_set(channel, "ahead", chance.below(4) * 2.0, nullptr); break;
      default: {
        GValue queue = G_VALUE_INIT;
        g_value_init(&queue, GST_TYPE_ARRAY);
        g_object_get_property(G_OBJECT(channel), "queue", &queue);
        g_value_unset(&queue);
      }
    }
    g_usleep(static_cast<gulong>(chance.below(60000)));
  }
}

}  // namespace

GST_START_TEST(a_hundred_prompts_with_calls_and_state_changes_at_random_are_bought_once_each) {
  Chance chance;
  const Served served({"--task-seconds", "0.2"});
  const LiveObjects objects;
  {
    ChannelPipeline channel("ahead=(string)6,when-empty=(string)placeholder");
    std::atomic<bool> done{false};
    std::thread caller([&] { call_at_random(channel.element.get(), chance, done); });
    for (int prompt = 0; prompt < kPrompts;) {
      for (int i = 0; i < 5; ++i, ++prompt) {
        channel.enqueue(("prompt " + std::to_string(prompt)).c_str());
      }
      static const GstState states[] = {GST_STATE_PLAYING, GST_STATE_PAUSED,  GST_STATE_READY,
                                        GST_STATE_PLAYING, GST_STATE_PLAYING, GST_STATE_NULL};
      channel.pipeline.set_state(states[chance.below(G_N_ELEMENTS(states))]);
      g_usleep(static_cast<gulong>(chance.below(700000)));
    }
    channel.play();
    done = true;
    caller.join();
    // What is left plays still.
    channel.wait_for(channel.enqueue("the last one"), "queued");
    gboolean worked = FALSE;
    while (channel.queued() > 1) {
      g_signal_emit_by_name(channel.element.get(), "clear");
      g_signal_emit_by_name(channel.element.get(), "skip", &worked);
      g_usleep(50000);
    }
    channel.wait_for(channel.enqueue("the very last one"), "on-air");
    std::vector<std::string> prompts = served.simulator.prompts();
    std::sort(prompts.begin(), prompts.end());
    const auto twice = std::adjacent_find(prompts.begin(), prompts.end());
    fail_unless(twice == prompts.end(), "seed %u: \"%s\" was bought twice", chance.seed(),
                twice == prompts.end() ? "" : twice->c_str());
  }
  objects.fail_if_any();
}
GST_END_TEST

static Suite* channel_random_suite() {
  Suite* suite = suite_create("channel_random");
  TCase* tcase = tcase_create("channel_random");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 400);
  tcase_add_test(tcase,
                 a_hundred_prompts_with_calls_and_state_changes_at_random_are_bought_once_each);
  return suite;
}

GST_CHECK_MAIN(channel_random)
