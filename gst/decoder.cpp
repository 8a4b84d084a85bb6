// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decoder.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "debug.h"
#include "errors.h"
#include "gstairforceclipsrc.h"
#include "gstreamer/direct_rendering.h"
#include "outer_pad.h"
#include "silence.h"

namespace airforce::gst {
namespace {

// A demuxer reads an index of megabytes in less.
constexpr auto kMaxSilence = std::chrono::seconds(10);

// From the pads to the first picture, which takes a fraction of that.
constexpr auto kMaxFirstData = std::chrono::seconds(1);

// Of GstAutoplugSelectResult, which no header has.
constexpr int kTry = 0;
constexpr int kSkip = 2;

int select_factory(GstElement*, GstPad*, GstCaps*, GstElementFactory* factory, gpointer) {
  if (!gst_element_factory_list_is_type(factory, GST_ELEMENT_FACTORY_TYPE_DEMUXER)) return kTry;
  return g_str_equal(GST_OBJECT_NAME(factory), "qtdemux") ? kTry : kSkip;
}

// What parsebin would find by the look of the bytes, and choose by rank, is given: a clip is an
// MP4, whatever else it could be taken for, and qtdemux is the only demuxer, also behind itself.
void demux_mp4(GstElement* parsebin) {
  g_autoptr(GstCaps) caps = gst_caps_from_string("video/quicktime, variant=(string)iso");
  g_object_set(parsebin, "sink-caps", caps, nullptr);
  g_signal_connect(parsebin, "autoplug-select", G_CALLBACK(select_factory), nullptr);
}

bool is_parsebin(GstElement* element) {
  GstElementFactory* factory = gst_element_get_factory(element);
  return factory != nullptr && g_str_equal(GST_OBJECT_NAME(factory), "parsebin");
}

}  // namespace

// The running time of the whole pipeline, or 0 while it prerolls: the clip then begins with all
// others. A bin on its way to PLAYING has no base time of its own yet.
GstClockTime running_time_at_top(GstObject* object) {
  Ref<GstObject> top = share(object);
  while (GstObject* parent = gst_object_get_parent(top.get())) top.reset(parent);
  GstClockTime now = GST_CLOCK_TIME_NONE;
  // It has left PLAYING for PAUSED while it waits for the bin, but its time runs on.
  GstElement* pipeline = GST_ELEMENT(top.get());
  if (GST_STATE(pipeline) >= GST_STATE_PAUSED && GST_STATE_TARGET(pipeline) == GST_STATE_PLAYING) {
    now = gst_element_get_current_running_time(pipeline);
  }
  return GST_CLOCK_TIME_IS_VALID(now) ? now : 0;
}

Decoder::Decoder(GstBin* bin, GstElement* element, std::shared_ptr<CoreGeneration> generation,
                 Presentation presentation, std::shared_ptr<PendingSeek> pending_seek,
                 Listener listener)
    : bin_(bin),
      element_(element),
      presentation_(presentation),
      pending_seek_(std::move(pending_seek)),
      listener_(std::move(listener)),
      generation_(std::move(generation)),
      in_playbin_(!presentation.in_film && is_in_playbin(GST_OBJECT(bin))),
      source_(gst_airforce_clip_src_new(generation_)) {
  gst_bin_add(bin_, source_);
  if (presentation_.output == Output::Container) return;
  if (presentation_.output == Output::Encoded) {
    decodebin_ = make("parsebin", "base");
    demux_mp4(decodebin_);
  } else {
    decodebin_ = make("decodebin3", "base");
    // Where it stops to decode.
    g_autoptr(GstCaps) caps = outer_caps(GST_OBJECT(bin_));
    if (caps != nullptr) g_object_set(decodebin_, "caps", caps, nullptr);
    avoid_direct_rendering(GST_BIN(decodebin_));
    g_signal_connect(decodebin_, "deep-element-added",
                     G_CALLBACK(+[](GstBin*, GstBin*, GstElement* added, Decoder* self) {
                       if (is_parsebin(added)) demux_mp4(added);
                       self->watch_format(added);
                     }),
                     this);
    g_signal_connect(decodebin_, "deep-element-removed",
                     G_CALLBACK(+[](GstBin*, GstBin*, GstElement* removed, Decoder* self) {
                       self->forget_format(removed);
                     }),
                     this);
  }
  g_signal_connect(decodebin_, "pad-added", G_CALLBACK(pad_added), this);
  g_signal_connect(decodebin_, "pad-removed", G_CALLBACK(pad_removed), this);
}

// A new child of the bin.
GstElement* Decoder::make(const char* factory, const char* plugins) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr) {
    throw clip_failure(std::string("the element ") + factory + " is missing",
                       std::string("install GStreamer's ") + plugins +
                           " plugins and run the same request again, at no extra cost",
                       generation_->bought());
  }
  gst_bin_add(bin_, element);
  return element;
}

Decoder::~Decoder() {
  abandon();
  std::vector<GstElement*> elements;
  for (GstElement* element : {decodebin_, silence_, source_}) {
    if (element != nullptr) elements.push_back(element);
  }
  for (GstElement* element : elements) {
    gst_element_set_locked_state(element, TRUE);
    gst_element_set_state(element, GST_STATE_NULL);
    if (element != source_) g_signal_handlers_disconnect_by_data(element, this);
  }
  if (seeking_.joinable()) seeking_.join();
  gst_airforce_clip_src_close(GST_AIRFORCE_CLIP_SRC(source_));
  // Stopped, decodebin3 has taken its pads away already; others keep them.
  std::vector<GstPad*> targets;
  {
    const auto shared = shared_.lock();
    for (const Exposed& exposed : shared->exposed) targets.push_back(exposed.target);
  }
  for (GstPad* target : targets) remove(target);
  std::vector<std::unique_ptr<Converter>> retired;
  retired.swap(shared_.lock()->retired);
  retired.clear();
  for (GstElement* element : elements) gst_bin_remove(bin_, element);
}

void Decoder::start() {
  if (presentation_.output == Output::Container) {
    expose_container();
    return;
  }
  // Linked only now: decodebin3 looks at what it is given in that moment.
  if (!gst_element_link(source_, decodebin_) || !gst_element_sync_state_with_parent(decodebin_) ||
      !gst_element_sync_state_with_parent(source_)) {
    GST_WARNING_OBJECT(bin_, "the decoder could not be started");
  }
}

void Decoder::clip_is_open() {
  gst_airforce_clip_src_open(GST_AIRFORCE_CLIP_SRC(source_));
}

void Decoder::expose_container() {
  // Bytes don't begin at a time.
  pending_seek_->take();
  {
    const auto shared = shared_.lock();
    shared->selected = 1;
  }
  // Whoever is linked in pad-added may read from it at once, before its task runs.
  gst_element_set_state(source_, GST_STATE_READY);
  const Ref<GstPad> pad(gst_element_get_static_pad(source_, "src"));
  expose(pad.get(), "container");
  if (!gst_element_sync_state_with_parent(source_)) {
    GST_WARNING_OBJECT(bin_, "the clip's source could not be started");
  }
}

void Decoder::set_tags(TagList tags) {
  const auto shared = shared_.lock();
  shared->tags = std::move(tags);
  ++shared->tags_serial;
}

std::optional<GstClockTime> Decoder::position() const {
  const auto shared = shared_.lock();
  return shared->position;
}

std::optional<GstClockTime> Decoder::duration() const {
  Ref<GstPad> pad;
  {
    const auto shared = shared_.lock();
    if (!shared->announced || shared->exposed.empty()) return std::nullopt;
    pad = share(shared->exposed.front().ghost);
  }
  gint64 duration = 0;
  const bool known = gst_pad_query_duration(pad.get(), GST_FORMAT_TIME, &duration) != FALSE;
  if (!known || duration <= 0) return std::nullopt;
  return static_cast<GstClockTime>(duration);
}

guint64 Decoder::reads_at() const {
  return gst_airforce_clip_src_position(GST_AIRFORCE_CLIP_SRC(source_));
}

void Decoder::set_supply(double rate, int percent) {
  gst_airforce_clip_src_set_supply(GST_AIRFORCE_CLIP_SRC(source_), rate, percent);
}

void Decoder::abandon() {
  const auto shared = shared_.lock();
  shared->download = Download::Abandoned;
  changed_.notify_all();
}

void Decoder::quiesce() {
  let_seek_end();
  let_plugging_end();
}

// A parsebin that is stopped passes over the demuxer while that is being plugged, as its state is
// locked then. It would run on, and plug into what is freed: GStreamer aborts in analyze_new_pad()
// (gstparsebin.c, seen in 1.26). The thread that plugs is that of the typefind's pad, which has the
// pad's stream lock meanwhile, and finds nothing more to plug, as what it reads is cancelled.
void Decoder::let_plugging_end() {
  if (decodebin_ == nullptr) return;
  GstIterator* all = gst_bin_iterate_all_by_element_factory_name(GST_BIN(decodebin_), "typefind");
  const auto wait = [](const GValue* element, gpointer) {
    const Ref<GstPad> sink(
        gst_element_get_static_pad(GST_ELEMENT(g_value_get_object(element)), "sink"));
    GST_PAD_STREAM_LOCK(sink.get());
    GST_PAD_STREAM_UNLOCK(sink.get());
  };
  while (gst_iterator_foreach(all, wait, nullptr) == GST_ITERATOR_RESYNC) gst_iterator_resync(all);
  gst_iterator_free(all);
}

// parsebin drops the errors of a demuxer that it is just setting up, also when the demuxer has
// given up by then: neither pads nor an error would ever come.
bool Decoder::wait_for_pads() {
  guint64 last = reads_at();
  auto shared = shared_.lock();
  const auto decided = [&] { return shared->announced || shared->download == Download::Abandoned; };
  while (!shared.wait_for(changed_, kMaxSilence, decided)) {
    guint64 now = 0;
    shared.unlocked([&] { now = reads_at(); });
    if (now == last) return false;
    last = now;
  }
  return true;
}

void Decoder::wait_for_data() {
  auto shared = shared_.lock();
  shared.wait_for(changed_, kMaxFirstData, [&] {
    const auto has_data = [](const Exposed& exposed) { return exposed.has_data; };
    return shared->at_end || shared->download == Download::Abandoned ||
           std::any_of(shared->exposed.begin(), shared->exposed.end(), has_data);
  });
}

std::size_t Decoder::count(const char* kind) const {
  const auto shared = shared_.lock();
  return static_cast<std::size_t>(
      std::count_if(shared->exposed.begin(), shared->exposed.end(), [kind](const Exposed& exposed) {
        return std::string_view(exposed.kind) == kind && !exposed.is_silent;
      }));
}

}  // namespace airforce::gst
