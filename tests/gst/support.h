// SPDX-License-Identifier: LGPL-2.1-or-later
// What the element's tests stand on: a simulator of their own, clips, pipelines.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gio/gio.h>
#include <gst/check/gstcheck.h>
#include <gst/gst.h>
#undef fail  // the name of a function in the standard library

#include "../../common/gstreamer/gst_ptr.h"
#include "support/slowness.h"
#include "support/temp_dir.h"

namespace airforce::gst::test {

using airforce::test::TempDir;

using airforce::gst::Message;
using airforce::gst::Ref;
using airforce::gst::Structure;

// The service on free ports, with directories for state and cache that nobody else has. While it
// lives, the environment of this process points to it.
class Simulator {
 public:
  explicit Simulator(const std::vector<std::string>& arguments = {});
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  const TempDir& directory() const { return directory_; }
  // How many lines of its log have this in them.
  int logged(const std::string& text) const;
  // How many tasks were bought.
  int creates() const;
  // The prompts of all tasks that were bought.
  std::vector<std::string> prompts() const;
  // The input images of the last create: URLs, or the SHA-256 of their bytes.
  std::vector<std::string> last_images() const;

 private:
  TempDir directory_;
  GSubprocess* process_ = nullptr;
};

// Whether the simulators speak the sdk dialect, which names no price, no type of an error, and no
// thumbnail (AIRFORCE_TEST_DIALECT).
bool speaks_sdk_dialect();

// Two seconds of moving picture (320x240, 24 a second), and a tone if `sound`, as an MP4 with its
// index in front.
std::string make_clip(const TempDir& directory, bool sound = true);

// A clip on a simulator that serves it for every task.
struct Served {
  explicit Served(std::vector<std::string> arguments = {}, bool sound = true);

  TempDir directory;
  std::string clip;
  Simulator simulator;
};

// Eight seconds of noise and a tone, some 600 kB; `mux` says where the index is.
std::string make_long_clip(const TempDir& directory, const char* mux);
inline constexpr const char* kFaststart = "faststart=true";
inline constexpr const char* kIndexBehind = "faststart=false";
inline constexpr const char* kFragments = "fragment-duration=500";

// How much of the clip has been downloaded from its beginning, in percent, as an application asks
// for it.
int percent_downloaded(GstElement* pipeline);

// A pipeline that is stopped and freed at the end of its scope.
class Pipeline {
 public:
  explicit Pipeline(const std::string& description);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  GstElement* get() const { return pipeline_.get(); }
  Ref<GstElement> element(const char* name) const;
  GstStateChangeReturn set_state(GstState state) {
    return gst_element_set_state(pipeline_.get(), state);
  }
  // The next message of these types, or that `wanted` accepts; the test fails when none comes
  // within some seconds.
  Message wait(GstMessageType types, const std::function<bool(GstMessage*)>& wanted = {});
  Message wait_for_progress(GstProgressType type);
  // Plays to the end; the test fails on an error message.
  void play_to_end();
  // Plays until the error comes, and gives it.
  Message play_to_error();

  // Of what waits for messages, from now on.
  void set_timeout(GstClockTime timeout) { timeout_ = timeout; }

 private:
  Ref<GstElement> pipeline_;
  GstClockTime timeout_ = airforce::test::kSlowness * 60 * GST_SECOND;
};

GstProgressType progress_type(GstMessage* message);

// Links the pads of `source` of that kind ("video", "audio"), by their caps, with the element
// `sink` whenever they appear; a launch line does that only the first time.
void keep_linked(const Pipeline& pipeline, const char* source, const char* kind, const char* sink);

// A seek, by a name for messages; times are those of the clip.
struct Seek {
  const char* name;
  double rate;
  int flags;
  GstClockTime start;
  GstClockTime stop;
};
GstEvent* event_of(const Seek& seek, int more_flags = GST_SEEK_FLAG_FLUSH);

// One line for each buffer that arrives at the element `sink` (a fakesink): its times and a hash of
// its bytes. Connect before playing.
class Received {
 public:
  Received(const Pipeline& pipeline, const char* sink) : Received(pipeline.element(sink).get()) {}
  explicit Received(GstElement* sink);
  Received(const Received&) = delete;
  Received& operator=(const Received&) = delete;
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  static void handoff(GstElement* sink, GstBuffer* buffer, GstPad* pad, gpointer self);
  std::vector<std::string> lines_;
};

// Once in a process: a known fault of others, which comes by chance, ends no test.
void forgive_flushed_queries();

// Counts what lives of GStreamer's. Make one before the first pipeline of a test, and only where
// the variable GST_TRACERS of the test's process names the tracer "leaks".
class LiveObjects {
 public:
  LiveObjects();
  // The test fails if there are still elements, pads, events, buffers, messages or collections but
  // those of the beginning. What another thread is about to let go is waited for.
  void fail_if_any() const;

 private:
  // One line for each.
  std::vector<std::string> list() const;
  Ref<GstTracer> tracer_;
  std::size_t at_first_;
};

// What a command has printed, and how it has ended.
struct Ran {
  int exit_code = -1;
  std::string output;  // both streams

  std::vector<std::string> lines_with(const std::string& text) const;
};

// Runs a command line, split as a shell does. The test fails when a signal ends it.
Ran run(const std::string& command);

// Element settings for a request that the simulator accepts.
inline constexpr const char* kRequest = "model=wan-2.6 prompt=\"A red fox\"";

// Buys a clip with sound by these element settings, and gives the airforce:// URI of its task.
std::string task_uri(const std::string& settings);

}  // namespace airforce::gst::test
