// SPDX-License-Identifier: LGPL-2.1-or-later
// A channel in front of a service that fails on purpose, for as long as it is asked to: no frame
// late, no gap in the sound, picture and sound together, and nothing that grows.
//
// usage: channel-soak SECONDS [CSV]
//
// Times of buffers are always judged. When they were rendered is judged too if
// AIRFORCE_SOAK_WALL_CLOCK is set, which wants a machine with time to spare.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <malloc.h>

#include <gst/gst.h>

#include "../../common/gstreamer/gst_ptr.h"
#include "support/resources.h"
#include "support/simulator.h"
#include "support/temp_dir.h"

namespace {

using airforce::gst::Message;
using airforce::gst::Ref;
using airforce::test::Simulator;
using airforce::test::TempDir;

constexpr int kRate = 24;  // frames a second
constexpr GstClockTime kFrame = GST_SECOND / kRate;
constexpr int kWidth = 320;
constexpr int kHeight = 180;
constexpr int kSampleRate = 48000;

// What goes wrong, one after the other. "restart" is the service itself.
const std::vector<std::string> kFaults = {
    "",
    "task:failed,times=2",
    "poll:status=503,times=20",
    "download:stall-after=20000,times=2",
    "restart",
    "create:stall-before=3,times=2",
    "",
    "download:drip=60000,times=2",
    "create:status=503,times=3",
    "stream:silent",
    "poll:reset-before,times=4",
    "download:reset-after=30000,times=3",
};

Ref<GstElement> element(GstElement* pipeline, const char* name) {
  return Ref<GstElement>(gst_bin_get_by_name(GST_BIN(pipeline), name));
}

// Four seconds, black and silent but for a flash and a tone at the same time, in lossless sound: a
// codec's delay would count as an offset.
std::string make_flash_clip(const TempDir& directory) {
  const std::string path = directory.file("flash.mp4");
  const std::string caps =
      "video/x-raw,format=I420,width=320,height=180,framerate=" + std::to_string(kRate) + "/1";
  const auto picture = [&](const char* pattern, int frames) {
    return "videotestsrc pattern=" + std::string(pattern) +
           " num-buffers=" + std::to_string(frames) + " ! " + caps + " ! v. ";
  };
  const auto sound = [](const char* wave, int centiseconds) {
    return "audiotestsrc samplesperbuffer=480 wave=" + std::string(wave) +
           " num-buffers=" + std::to_string(centiseconds) +
           " ! audio/x-raw,format=S16LE,rate=48000,channels=2 ! a. ";
  };
  const std::string line =
      "concat name=v ! x264enc threads=1 speed-preset=ultrafast key-int-max=12 ! "
      "video/x-h264,profile=high ! mux. concat name=a ! audioconvert ! avenc_alac ! mux. "
      "mp4mux name=mux faststart=true ! filesink location=" +
      path + " " + picture("black", 2 * kRate) + picture("white", 4) +
      picture("black", 2 * kRate - 4) + sound("silence", 200) + sound("square", 16) +
      sound("silence", 184);
  const Ref<GstElement> pipeline(gst_parse_launch(line.c_str(), nullptr));
  const Ref<GstBus> bus(gst_element_get_bus(pipeline.get()));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const Message end(
      gst_bus_timed_pop_filtered(bus.get(), 60 * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  const bool made = end && GST_MESSAGE_TYPE(end.get()) == GST_MESSAGE_EOS;
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  if (!made) throw std::runtime_error("cannot make the clip");
  return path;
}

// The measured state of one stream of the channel.
struct Stream {
  std::atomic<GstClockTime> largest_gap{0};   // between the times of neighbouring buffers
  std::atomic<gint64> largest_interval{0};    // between their renderings, us
  std::atomic<gint64> interval_of_sample{0};  // since the last sample
  std::atomic<long> buffers{0};
  GstClockTime end = GST_CLOCK_TIME_NONE;
  gint64 rendered = 0;
  bool is_marked = false;
  std::mutex mutex;                 // protects marks
  std::vector<GstClockTime> marks;  // when a flash or a tone begins

  void take(const GstBuffer* buffer) {
    const GstClockTime pts = GST_BUFFER_PTS(buffer);
    if (GST_CLOCK_TIME_IS_VALID(end)) {
      largest_gap = std::max(largest_gap.load(), pts > end ? pts - end : end - pts);
    }
    end = pts + GST_BUFFER_DURATION(buffer);
    ++buffers;
  }
  void mark(bool marked, GstClockTime time) {
    if (marked && !is_marked) {
      const std::lock_guard lock(mutex);
      marks.push_back(time);
    }
    is_marked = marked;
  }
};

GstPadProbeReturn watch_picture(GstPad*, GstPadProbeInfo* info, gpointer data) {
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  auto& stream = *static_cast<Stream*>(data);
  stream.take(buffer);
  guint8 luma = 0;
  gst_buffer_extract(buffer, (kHeight / 2) * kWidth + 8, &luma, 1);
  stream.mark(luma > 128, GST_BUFFER_PTS(buffer));
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn watch_sound(GstPad*, GstPadProbeInfo* info, gpointer data) {
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  auto& stream = *static_cast<Stream*>(data);
  stream.take(buffer);
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) return GST_PAD_PROBE_OK;
  const auto* samples = reinterpret_cast<const float*>(map.data);
  const std::size_t frames = map.size / (2 * sizeof(float));
  std::size_t loud = frames;
  for (std::size_t i = frames; i-- > 0;) {
    if (std::abs(samples[2 * i]) > 0.2F) loud = i;
  }
  stream.mark(loud < frames,
              GST_BUFFER_PTS(buffer) + gst_util_uint64_scale(loud, GST_SECOND, kSampleRate));
  gst_buffer_unmap(buffer, &map);
  return GST_PAD_PROBE_OK;
}

void rendered(GstElement*, GstBuffer*, GstPad*, Stream* stream) {
  const gint64 now = g_get_monotonic_time();
  if (stream->rendered != 0) {
    const gint64 interval = now - stream->rendered;
    stream->largest_interval = std::max(stream->largest_interval.load(), interval);
    stream->interval_of_sample = std::max(stream->interval_of_sample.load(), interval);
  }
  stream->rendered = now;
}

// The largest distance of a flash from its tone, and how many there were.
std::pair<double, int> largest_offset(Stream& picture, Stream& sound) {
  const std::scoped_lock lock(picture.mutex, sound.mutex);
  double largest = 0;
  int pairs = 0;
  for (const GstClockTime flash : picture.marks) {
    double nearest = 1e9;
    for (const GstClockTime tone : sound.marks) {
      nearest = std::min(nearest, std::abs(static_cast<double>(GST_CLOCK_DIFF(flash, tone))));
    }
    if (nearest > static_cast<double>(GST_SECOND / 2)) continue;  // its tone was cut off
    largest = std::max(largest, nearest);
    ++pairs;
  }
  return {largest / static_cast<double>(GST_MSECOND), pairs};
}

double memory_mb() {
  return airforce::test::number_in("/proc/self/status", "VmRSS:") / 1024;
}

// What malloc() has given out and not got back.
double heap_mb() {
  char* text = nullptr;
  std::size_t size = 0;
  FILE* stream = open_memstream(&text, &size);
  malloc_info(0, stream);
  std::fclose(stream);
  const std::string info(text, size);
  std::free(text);  // NOLINT: of open_memstream()
  // The totals of all arenas stand last: free chunks, then what came from the system.
  const auto number_after = [&](const char* mark, const char* attribute) {
    const std::size_t at = info.find(attribute, info.rfind(mark));
    return std::strtod(info.c_str() + at + std::strlen(attribute), nullptr);
  };
  const double free_bytes = number_after("<total type=\"fast\"", "size=\"") +
                            number_after("<total type=\"rest\"", "size=\"");
  return (number_after("<system type=\"current\"", "size=\"") - free_bytes) / (1 << 20);
}

int descriptors() {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

class Service {
 public:
  explicit Service(std::string clip) : clip_(std::move(clip)) {
    start({});
    const std::string& url = simulator_->base_url();
    port_ = url.substr(url.rfind(':') + 1);
    port_ = port_.substr(0, port_.find('/'));
    for (const auto& [name, value] : simulator_->environment()) {
      g_setenv(name.c_str(), value.c_str(), TRUE);
    }
  }
  void next_fault() {
    const std::string& fault = kFaults[next_++ % kFaults.size()];
    if (fault == "restart") {
      cents_ += spent();
      simulator_.reset();
      start(port_);
      return;
    }
    simulator_->clear_faults();
    if (!fault.empty()) simulator_->add_fault(fault);
  }
  double cents() const { return cents_ + spent(); }

 private:
  static constexpr double kBalance = 10000000;

  void start(const std::string& port) {
    std::vector<std::string> options = {"--quiet", "--clip=" + clip_, "--task-seconds=1",
                                        "--balance=10000000"};
    if (!port.empty()) options.push_back("--port=" + port);
    simulator_ = std::make_unique<Simulator>(options);
  }
  double spent() const {
    const auto balance = simulator_->count("balance_cents");
    return balance < 0 ? 0 : kBalance - static_cast<double>(balance);
  }

  std::string clip_;
  std::string port_;
  std::unique_ptr<Simulator> simulator_;
  std::size_t next_ = 0;
  double cents_ = 0;
};

int soak(double seconds, const char* csv_path) {
  const TempDir directory;
  for (const char* name : {"XDG_STATE_HOME", "XDG_CACHE_HOME"}) {
    g_setenv(name, directory.file(name).c_str(), TRUE);
  }
  Service service(make_flash_clip(directory));
  const std::string line =
      "airforcechannelsrc name=c model=wan-2.6 sound=true poll-interval=0.5 timeout=20 "
      "transition=0.3 ahead=8 when-empty=placeholder "
      "video-caps=video/x-raw,format=I420,width=320,height=180,framerate=" +
      std::to_string(kRate) +
      "/1 audio-caps=audio/x-raw,format=F32LE,rate=48000,channels=2 "
      "c.video ! fakesink name=picture sync=true signal-handoffs=true "
      "c.audio ! fakesink name=sound sync=true";
  const Ref<GstElement> pipeline(gst_parse_launch(line.c_str(), nullptr));
  const Ref<GstElement> channel = element(pipeline.get(), "c");
  Stream picture;
  Stream sound;
  g_signal_connect(element(pipeline.get(), "picture").get(), "handoff", G_CALLBACK(rendered),
                   &picture);
  const auto probe = [&](const char* name, GstPadProbeCallback callback, Stream* stream) {
    const Ref<GstPad> pad(gst_element_get_static_pad(element(pipeline.get(), name).get(), "sink"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, callback, stream, nullptr);
  };
  probe("picture", watch_picture, &picture);
  probe("sound", watch_sound, &sound);

  std::ofstream csv;
  if (csv_path != nullptr) csv.open(csv_path);
  csv << "seconds,interval_ms,queue,memory_mb,heap_mb,descriptors,cents,on_air,failed\n";
  const Ref<GstBus> bus(gst_element_get_bus(pipeline.get()));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const auto start = std::chrono::steady_clock::now();
  const double fault_every = seconds < 60 ? 1.5 : 10;
  double next_fault = fault_every;
  double next_sample = 1;
  double early_heap = 0;
  int early_descriptors = 0;
  int on_air = 0;
  int failed = 0;
  int prompts = 0;
  std::string error;
  for (double now = 0; now < seconds && error.empty();) {
    const Message message(gst_bus_timed_pop(bus.get(), 100 * GST_MSECOND));
    now = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
      g_autoptr(GError) what = nullptr;
      gst_message_parse_error(message.get(), &what, nullptr);
      error = what->message;
    }
    const GstStructure* fields = message ? gst_message_get_structure(message.get()) : nullptr;
    if (fields != nullptr && gst_structure_has_name(fields, "airforce-channel-item")) {
      const std::string state = gst_structure_get_string(fields, "state");
      if (state == "on-air") ++on_air;
      if (state == "failed") ++failed;
    }
    if (now >= next_fault) {
      service.next_fault();
      next_fault += fault_every;
    }
    if (now < next_sample) continue;
    next_sample = now + 1;
    GValue queue = G_VALUE_INIT;
    g_value_init(&queue, GST_TYPE_ARRAY);
    g_object_get_property(G_OBJECT(channel.get()), "queue", &queue);
    const guint queued = gst_value_array_get_size(&queue);
    g_value_unset(&queue);
    for (guint i = queued; i < 4; ++i) {
      const std::string prompt = "a fox, take " + std::to_string(++prompts);
      guint64 id = 0;
      g_signal_emit_by_name(channel.get(), "enqueue", prompt.c_str(), &id);
    }
    csv << now << ',' << static_cast<double>(picture.interval_of_sample.exchange(0)) / 1000 << ','
        << queued << ',' << memory_mb() << ',' << heap_mb() << ',' << descriptors() << ','
        << service.cents() << ',' << on_air << ',' << failed << std::endl;
    if (early_heap == 0 && now > seconds / 4) {
      early_heap = heap_mb();
      early_descriptors = descriptors();
    }
  }
  const double grown = heap_mb() - early_heap;
  const int more = descriptors() - early_descriptors;
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  const auto [offset, pairs] = largest_offset(picture, sound);
  const double gap = static_cast<double>(picture.largest_gap) / GST_MSECOND;
  const double sound_gap = static_cast<double>(sound.largest_gap) / GST_MSECOND;
  const double interval = static_cast<double>(picture.largest_interval) / 1000;
  constexpr double kFrameMs = static_cast<double>(kFrame) / GST_MSECOND;
  std::printf(
      "%.0f s, %ld frames, %d clips, %d failed, %d flashes: gap %.3f ms in picture, %.3f ms "
      "in sound; interval at most %.1f ms; offset at most %.1f ms; heap %+.1f MB, "
      "descriptors %+d since a quarter of it\n",
      seconds, picture.buffers.load(), on_air, failed, pairs, gap, sound_gap, interval, offset,
      grown, more);
  std::vector<std::string> wrong;
  if (!error.empty()) wrong.push_back("the channel failed: " + error);
  if (on_air == 0 || pairs == 0) wrong.emplace_back("no clip was shown");
  if (gap > kFrameMs / 2) wrong.emplace_back("a gap in the picture");
  if (sound_gap > 1) wrong.emplace_back("a gap in the sound");
  if (offset >= kFrameMs) wrong.emplace_back("picture and sound are apart");
  if (std::getenv("AIRFORCE_SOAK_WALL_CLOCK") != nullptr && interval > 1.5 * kFrameMs) {
    wrong.emplace_back("a frame was late");
  }
  // Caches of GLib's and glibc's fill at first.
  if (seconds >= 300 && grown > 20) wrong.emplace_back("memory grows");
  if (seconds >= 300 && more > 20) wrong.emplace_back("descriptors grow");
  for (const std::string& what : wrong) std::fprintf(stderr, "%s\n", what.c_str());
  return wrong.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s SECONDS [CSV]\n", argv[0]);
    return 2;
  }
  const char* asked = std::getenv("AIRFORCE_CHANNEL_SECONDS");
  return soak(std::atof(asked != nullptr ? asked : argv[1]), argc > 2 ? argv[2] : nullptr);
}
