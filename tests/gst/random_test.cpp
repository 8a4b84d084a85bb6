// SPDX-License-Identifier: LGPL-2.1-or-later
// State changes and seeks in any order, while the server is slow and faulty: no hang, no leak, no
// critical.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "support.h"
#include "support/slowness.h"

using namespace airforce::gst::test;

namespace {

int number_from(const char* variable, int otherwise) {
  const char* text = g_getenv(variable);
  return text != nullptr && *text != '\0' ? std::atoi(text) : otherwise;
}

// AIRFORCE_WALK says how many state changes a walk has; there is a seek for each five of them.
int state_changes() {
  return number_from("AIRFORCE_WALK", 30);
}

// The same number is the same walk.
int seed() {
  return number_from("AIRFORCE_WALK_SEED", 1);
}

// A state change in either direction never takes longer; waiting is what PAUSED does on its own.
constexpr gint64 kMax = airforce::test::kSlowness * 5 * G_TIME_SPAN_SECOND;

class Walk {
 public:
  explicit Walk(Pipeline& pipeline) : pipeline_(pipeline), random_(static_cast<unsigned>(seed())) {}

  void take() {
    enum class Step { StateChange, Seek };
    std::vector<Step> steps(state_changes(), Step::StateChange);
    steps.insert(steps.end(), state_changes() / 5, Step::Seek);
    std::shuffle(steps.begin(), steps.end(), random_);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      // Into the middle of things, be they under way or done.
      if (below(4) == 0) gst_element_get_state(pipeline_.get(), nullptr, nullptr, GST_SECOND);
      const gint64 start = g_get_monotonic_time();
      if (steps[i] == Step::Seek) {
        seek();
      } else {
        change_state();
      }
      const gint64 took = g_get_monotonic_time() - start;
      fail_unless(took < kMax, "step %u of seed %d took %" G_GINT64_FORMAT " us",
                  static_cast<unsigned>(i), seed(), took);
      g_usleep(below(3) == 0 ? below(30000) : 0);
    }
    pipeline_.set_state(GST_STATE_NULL);
  }

  int seeks_taken() const { return seeks_taken_; }

 private:
  unsigned below(unsigned limit) {
    return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_);
  }

  void change_state() {
    constexpr GstState kStates[] = {GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED,
                                    GST_STATE_PLAYING, GST_STATE_PLAYING};
    pipeline_.set_state(kStates[below(G_N_ELEMENTS(kStates))]);
  }

  void seek() {
    constexpr int kFlags[] = {GST_SEEK_FLAG_FLUSH, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
                              GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT};
    const auto flags = static_cast<GstSeekFlags>(kFlags[below(G_N_ELEMENTS(kFlags))]);
    if (gst_element_seek_simple(pipeline_.get(), GST_FORMAT_TIME, flags,
                                below(2100) * GST_MSECOND)) {
      ++seeks_taken_;
    }
  }

  Pipeline& pipeline_;
  std::mt19937 random_;
  int seeks_taken_ = 0;
};

struct Server {
  const char* name;
  std::vector<std::string> arguments;
};

const Server kServers[] = {
    {"good", {}},
    {"slow", {"--bandwidth=30000", "--fault=poll:stall=0.05", "--fault=stream:comments"}},
    {"faulty",
     {"--seed=3", "--fault=create:probability=0.2,status=500",
      "--fault=stream:probability=0.3,reset-before",
      "--fault=download:probability=0.4,reset-after=5000",
      "--fault=models:probability=0.1,body=html"}},
};

const std::string kPaidFor = std::string(kRequest) + " reuse=always poll-interval=0.1 ";

std::string alone() {
  return "airforcevideosrc name=a " + kPaidFor + "fakesink name=one sync=true";
}

std::string beside_others() {
  return alone() + " airforcevideosrc name=b output=encoded " + kPaidFor +
         "fakesink name=two sync=true airforcevideosrc name=c output=container " + kPaidFor +
         "fakesink name=three videotestsrc num-buffers=48 ! fakesink sync=true";
}

int walk(const Server& server, const std::string& line, bool among_others) {
  TempDir directory;
  std::vector<std::string> arguments = {"--task-seconds=0.05", "--clip=" + make_clip(directory),
                                        "--balance=100000000"};
  arguments.insert(arguments.end(), server.arguments.begin(), server.arguments.end());
  const Simulator simulator(arguments);
  Pipeline pipeline(line);
  keep_linked(pipeline, "a", "video", "one");
  if (among_others) {
    keep_linked(pipeline, "b", "audio", "two");
    keep_linked(pipeline, "c", "video", "three");
  }
  Walk walk(pipeline);
  walk.take();
  return walk.seeks_taken();
}

}  // namespace

GST_START_TEST(a_walk_alone_ends_well_and_leaks_nothing) {
  const LiveObjects objects;
  const Server& server = kServers[__i__];
  const int seeks = walk(server, alone(), false);
  // Under valgrind a walk is over before there is anything to seek in.
  fail_unless(__i__ != 0 || seeks > 0 || airforce::test::kSlowness > 4, "no seek was taken");
  objects.fail_if_any();
}
GST_END_TEST

GST_START_TEST(a_walk_beside_others_ends_well_and_leaks_nothing) {
  const LiveObjects objects;
  walk(kServers[__i__], beside_others(), true);
  objects.fail_if_any();
}
GST_END_TEST

static Suite* random_suite() {
  Suite* suite = suite_create("random");
  TCase* tcase = tcase_create("random");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 1200);
  const int servers = G_N_ELEMENTS(kServers);
  tcase_add_loop_test(tcase, a_walk_alone_ends_well_and_leaks_nothing, 0, servers);
  tcase_add_loop_test(tcase, a_walk_beside_others_ends_well_and_leaks_nothing, 0, servers);
  return suite;
}

GST_CHECK_MAIN(random)
