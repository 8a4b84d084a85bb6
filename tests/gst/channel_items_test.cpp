// SPDX-License-Identifier: LGPL-2.1-or-later
// What a channel makes of its items: series of equal prompts, continuations, storyboards, budgets.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "channel_support.h"

using namespace airforce::gst::test;

namespace {

// The largest difference between neighbouring pictures, 0..255 a pixel, from the first clip on.
class Seams {
 public:
  explicit Seams(GstElement* sink) {
    const Ref<GstPad> pad(gst_element_get_static_pad(sink, "sink"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, probe, this, nullptr);
  }
  Seams(const Seams&) = delete;
  Seams& operator=(const Seams&) = delete;
  void measure(bool on) { measuring_ = on; }
  double largest() const { return largest_; }

 private:
  static constexpr std::size_t kPixels = 32 * 24;  // luma

  static GstPadProbeReturn probe(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto& self = *static_cast<Seams*>(data);
    std::array<guint8, kPixels> picture;
    gst_buffer_extract(GST_PAD_PROBE_INFO_BUFFER(info), 0, picture.data(), picture.size());
    if (self.measuring_) {
      double sum = 0;
      for (std::size_t i = 0; i < kPixels; ++i) sum += std::abs(picture[i] - self.last_[i]);
      self.largest_ = std::max(self.largest_.load(), sum / kPixels);
    }
    self.last_ = picture;
    return GST_PAD_PROBE_OK;
  }

  std::array<guint8, kPixels> last_{};
  std::atomic<bool> measuring_{false};
  std::atomic<double> largest_{0};
};

constexpr const char* kSmall =
    "airforcechannelsrc name=c model=wan-2.6 poll-interval=0.3 transition=0 "
    "video-caps=\"video/x-raw,format=I420,width=32,height=24,framerate=24/1\" "
    "c.video ! fakesink name=picture sync=true";

// Without a clip given: the simulator renders each one from its prompt, seed and picture.
double largest_seam(const char* continues) {
  const Simulator simulator({"--task-seconds", "0.3"});
  ChannelPipeline channel(std::string("continue=(string)") + continues, kSmall);
  Seams seams(channel.pipeline.element("picture").get());
  const auto ids = channel.play({"a fox in the snow", "waves at noon, seen from a white cliff"});
  channel.wait_for(ids[0], "on-air");
  g_usleep(G_USEC_PER_SEC);  // the lead of its first picture, which follows the card
  seams.measure(true);
  channel.wait_for(ids[1], "on-air");
  channel.wait_for(ids[1], "gone");
  seams.measure(false);
  return seams.largest();
}

}  // namespace

GST_START_TEST(equal_prompts_of_one_channel_are_purchases_of_their_own) {
  const Served served({"--task-seconds", "0.3"});
  ChannelPipeline channel;
  const auto ids = channel.play({"a fox", "a fox"});
  channel.wait_for(ids[1], "on-air");
  fail_unless_equals_int(served.simulator.creates(), 2);
}
GST_END_TEST

GST_START_TEST(a_prompt_that_was_removed_and_comes_again_is_not_bought_twice) {
  const Served served({"--task-seconds", "0.3"});
  ChannelPipeline channel;
  channel.enqueue("an owl");  // what is on air cannot be removed
  const guint64 second = channel.enqueue("a fox");
  channel.play();
  channel.wait_for(second, "ready");
  gboolean removed = FALSE;
  g_signal_emit_by_name(channel.element.get(), "remove", second, &removed);
  fail_unless(removed);
  channel.wait_for(channel.enqueue("a fox"), "on-air");
  fail_unless_equals_int(served.simulator.creates(), 2);
}
GST_END_TEST

GST_START_TEST(an_item_that_continues_another_starts_from_its_last_frame) {
  const double cut = largest_seam("false");
  const double continued = largest_seam("true");
  fail_unless(continued < cut / 3, "continued: %.1f, cut: %.1f", continued, cut);
}
GST_END_TEST

GST_START_TEST(an_item_continues_the_one_before_a_failed_one) {
  const Served served({"--task-seconds", "0.3", "--fault", "task:failed,after=1,times=1"});
  ChannelPipeline channel("continue=(string)true,ahead=(string)0");
  const auto ids = channel.play({"a fox", "a hare", "an owl"});
  channel.wait_for(ids[1], "failed");
  channel.wait_for(ids[2], "on-air");
}
GST_END_TEST

GST_START_TEST(a_storyboard_is_queued_once_with_the_settings_of_its_shots) {
  const Served served({"--task-seconds", "0.3"});
  const std::string path = served.directory.path().string() + "/shots.jsonl";
  std::ofstream(path) << "{\"prompt\":\"a fox\",\"duration_seconds\":5}\n"
                         "{\"prompt\":\"the fox jumps\",\"continue\":true,\"seed\":7}\n";
  ChannelPipeline channel("storyboard=(string)\"" + path + "\",when-empty=(string)eos");
  channel.play();
  channel.wait_for(2, "on-air");
  fail_unless_equals_string(gst_structure_get_string(channel.wait_for(2, "queued"), "prompt"),
                            "the fox jumps");
  channel.pipeline.wait(GST_MESSAGE_EOS);
  channel.pipeline.set_state(GST_STATE_READY);
  channel.play();
  fail_unless_equals_int(channel.count(0, "queued"), 2);
  fail_unless_equals_int(served.simulator.creates(), 2);
}
GST_END_TEST

GST_START_TEST(a_storyboard_with_a_mistake_is_an_error_that_names_its_line_and_buys_nothing) {
  const Served served;
  const std::string path = served.directory.path().string() + "/shots.jsonl";
  std::ofstream(path) << "{\"prompt\":\"a fox\"}\n{\"promt\":\"a hare\"}\n";
  ChannelPipeline channel("storyboard=(string)\"" + path + "\"");
  fail_unless_equals_int(channel.pipeline.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
  const Message message = channel.pipeline.wait(GST_MESSAGE_ERROR);
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message.get(), &error, nullptr);
  fail_unless(strstr(error->message, ":2:") != nullptr, "%s", error->message);
  fail_unless_equals_int(served.simulator.creates(), 0);
}
GST_END_TEST

GST_START_TEST(a_channel_that_repeats_buys_nothing_more_even_where_nothing_is_reused) {
  for (const char* reuse : {"always", "never"}) {
    const Served served({"--task-seconds", "0.3"});
    ChannelPipeline channel(std::string("when-empty=(string)repeat,reuse=(string)") + reuse);
    channel.enqueue("a fox");
    channel.play();
    channel.wait_for(2, "on-air");
    channel.wait_for(3, "on-air");
    fail_unless_equals_int(served.simulator.creates(), 1);
  }
}
GST_END_TEST

GST_START_TEST(a_channel_refuses_what_exceeds_a_budget_and_charges_nothing_for_it) {
  for (const char* budget : {"budget-cents", "budget-cents-per-hour"}) {
    const Served served({"--task-seconds", "0.3"});
    ChannelPipeline channel(std::string(budget) + "=(string)300,ahead=(string)0");  // a clip: 200
    const auto ids = channel.play({"a fox", "a hare"});
    channel.wait_for(ids[0], "on-air");
    fail_unless(gst_structure_has_field(channel.wait_for(ids[1], "refused"), "reason"));
    fail_unless_equals_int(served.simulator.creates(), 1);
  }
}
GST_END_TEST

GST_START_TEST(a_setting_that_the_model_lacks_is_a_failure_and_no_refusal_by_a_budget) {
  const Served served({"--task-seconds", "0.3"});
  ChannelPipeline channel("budget-cents=(string)1000");
  const guint64 id = channel.enqueue_request("r,prompt=(string)max-cost-cents,duration-seconds=99");
  channel.play();
  channel.wait_for(id, "failed");
  fail_unless_equals_int(served.simulator.creates(), 0);
}
GST_END_TEST

GST_START_TEST(every_step_of_an_item_is_posted_once_and_in_order) {
  const Served served({"--task-seconds", "0.3"});
  ChannelPipeline channel("when-empty=(string)eos");
  const guint64 id = channel.enqueue("a fox");
  channel.play();
  channel.pipeline.wait(GST_MESSAGE_EOS);
  fail_unless(channel.states(id) == "queued being-made ready on-air gone", "%s",
              channel.states(id).c_str());
  const GstStructure* shown = channel.wait_for(id, "on-air");
  fail_unless(gst_structure_has_field(shown, "task-id"));
  fail_unless(gst_structure_has_field(shown, "price-cents"));
}
GST_END_TEST

GST_START_TEST(an_item_that_fails_is_a_warning_with_its_reason) {
  const Served served({"--task-seconds", "0.3", "--fault", "task:failed,message=too bright"});
  ChannelPipeline channel;
  channel.enqueue("a fox");
  channel.play();
  const Message warning = channel.pipeline.wait(GST_MESSAGE_WARNING);
  g_autoptr(GError) error = nullptr;
  gst_message_parse_warning(warning.get(), &error, nullptr);
  fail_unless(std::string(error->message).find("failed") != std::string::npos, "%s",
              error->message);
  fail_unless(std::string(error->message).find("too bright") != std::string::npos, "%s",
              error->message);
}
GST_END_TEST

GST_START_TEST(a_channel_ends_as_it_should_when_its_only_prompt_fails) {
  const Served served({"--task-seconds", "0.3", "--fault", "task:failed"});
  ChannelPipeline channel("when-empty=(string)eos");
  channel.enqueue("a fox");
  channel.play();
  channel.pipeline.wait(GST_MESSAGE_EOS);
  fail_unless(channel.states(1) == "queued being-made failed", "%s", channel.states(1).c_str());
}
GST_END_TEST

static Suite* channel_items_suite() {
  Suite* suite = suite_create("channel_items");
  TCase* tcase = tcase_create("channel_items");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, equal_prompts_of_one_channel_are_purchases_of_their_own);
  tcase_add_test(tcase, a_prompt_that_was_removed_and_comes_again_is_not_bought_twice);
  tcase_add_test(tcase, an_item_that_continues_another_starts_from_its_last_frame);
  tcase_add_test(tcase, an_item_continues_the_one_before_a_failed_one);
  tcase_add_test(tcase, a_storyboard_is_queued_once_with_the_settings_of_its_shots);
  tcase_add_test(tcase,
                 a_storyboard_with_a_mistake_is_an_error_that_names_its_line_and_buys_nothing);
  tcase_add_test(tcase, a_channel_that_repeats_buys_nothing_more_even_where_nothing_is_reused);
  tcase_add_test(tcase, a_channel_refuses_what_exceeds_a_budget_and_charges_nothing_for_it);
  tcase_add_test(tcase, a_setting_that_the_model_lacks_is_a_failure_and_no_refusal_by_a_budget);
  tcase_add_test(tcase, every_step_of_an_item_is_posted_once_and_in_order);
  tcase_add_test(tcase, an_item_that_fails_is_a_warning_with_its_reason);
  tcase_add_test(tcase, a_channel_ends_as_it_should_when_its_only_prompt_fails);
  return suite;
}

GST_CHECK_MAIN(channel_items)
