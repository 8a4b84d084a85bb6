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

// The kinds of stream that the bin has pad templates for; nullptr for others.
const char* kind_of(GstStreamType type) {
  if ((type & GST_STREAM_TYPE_VIDEO) != 0) return "video";
  if ((type & GST_STREAM_TYPE_AUDIO) != 0) return "audio";
  return nullptr;
}

const char* kind_of(GstPad* pad) {
  g_autoptr(GstStream) stream = gst_pad_get_stream(pad);
  return stream != nullptr ? kind_of(gst_stream_get_stream_type(stream)) : nullptr;
}

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

bool is_raw(GstPad* pad) {
  g_autoptr(GstCaps) caps = gst_pad_query_caps(pad, nullptr);
  if (gst_caps_is_any(caps) || gst_caps_get_size(caps) == 0) return false;
  return g_str_has_suffix(gst_structure_get_name(gst_caps_get_structure(caps, 0)), "/x-raw") != 0;
}

std::string free_name(GstElement* bin, const char* kind) {
  for (unsigned i = 0;; ++i) {
    std::string name = std::string(kind) + "_" + std::to_string(i);
    const Ref<GstPad> taken(gst_element_get_static_pad(bin, name.c_str()));
    if (taken == nullptr) return name;
  }
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

Decoder::Decoder(GstBin* bin, GstElement* element, std::shared_ptr<Generation> generation,
                 Presentation presentation, std::shared_ptr<PendingSeek> pending_seek,
                 Listener listener)
    : bin_(bin),
      element_(element),
      presentation_(presentation),
      pending_seek_(std::move(pending_seek)),
      listener_(std::move(listener)),
      bought_(generation->bought()),
      in_playbin_(!presentation.in_film && is_in_playbin(GST_OBJECT(bin))),
      source_(gst_airforce_clip_src_new(std::move(generation))) {
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
                     G_CALLBACK(+[](GstBin*, GstBin*, GstElement* added, gpointer) {
                       if (is_parsebin(added)) demux_mp4(added);
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
                       bought_);
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
  while (!exposed_.empty()) remove(exposed_.front().target);
  retired_.clear();
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

void Decoder::expose_container() {
  // Bytes don't begin at a time.
  pending_seek_->take();
  {
    const std::lock_guard guard(lock_);
    selected_ = 1;
  }
  // Whoever is linked in pad-added may read from it at once, before its task runs.
  gst_element_set_state(source_, GST_STATE_READY);
  const Ref<GstPad> pad(gst_element_get_static_pad(source_, "src"));
  expose(pad.get(), "container");
  if (!gst_element_sync_state_with_parent(source_)) {
    GST_WARNING_OBJECT(bin_, "the clip's source could not be started");
  }
}

void Decoder::pad_added(GstElement*, GstPad* pad, gpointer self) {
  if (const char* kind = kind_of(pad)) static_cast<Decoder*>(self)->expose(pad, kind);
}

void Decoder::expose(GstPad* pad, const char* kind, bool is_silent) {
  GstElement* element = GST_ELEMENT(bin_);
  GstPadTemplate* pad_template =
      gst_element_get_pad_template(element, (std::string(kind) + "_%u").c_str());
  GstPad* ghost =
      gst_ghost_pad_new_from_template(free_name(element, kind).c_str(), pad, pad_template);
  GST_DEBUG_OBJECT(bin_, "%s:%s becomes %s", GST_DEBUG_PAD_NAME(pad), GST_PAD_NAME(ghost));
  gst_pad_add_probe(ghost,
                    static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                 GST_PAD_PROBE_TYPE_EVENT_FLUSH),
                    probe, this, nullptr);
  gst_pad_add_probe(ghost, GST_PAD_PROBE_TYPE_BUFFER, note_buffer, this, nullptr);
  gst_pad_add_probe(ghost, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, hold_seek, this, nullptr);
  Exposed exposed{pad, ghost, kind, false, 0, false, false, 0, is_silent, false, nullptr};
  if (is_raw(pad)) {
    exposed.converter = std::make_unique<Converter>(
        bin_, pad, ghost, kind, [this, kind](const std::string& wanted) { refused(kind, wanted); });
  }
  {
    const std::lock_guard guard(lock_);
    exposed_.push_back(std::move(exposed));
  }
  if (is_silent) mark_as_silence(ghost);
  if (presentation_.start_now) set_offset(pad);
  gst_pad_set_active(ghost, TRUE);
  // Applications ask in pad-added which stream it is.
  const Event start =
      is_silent ? silent_start() : Event(gst_pad_get_sticky_event(pad, GST_EVENT_STREAM_START, 0));
  if (start) gst_pad_store_sticky_event(ghost, start.get());
  gst_element_add_pad(element, ghost);
  announce();
}

// On the pad inside: the offset of the bin's own pad is the application's.
void Decoder::set_offset(GstPad* pad) {
  const GstClockTime now = running_time_at_top(GST_OBJECT(bin_));
  GstClockTime start = 0;
  {
    const std::lock_guard guard(lock_);
    if (!start_) start_ = now;
    start = *start_;
  }
  GST_INFO_OBJECT(pad, "begins at running time %" GST_TIME_FORMAT, GST_TIME_ARGS(start));
  gst_pad_set_offset(pad, static_cast<gint64>(start));
}

void Decoder::pad_removed(GstElement*, GstPad* pad, gpointer self) {
  static_cast<Decoder*>(self)->remove(pad);
}

void Decoder::remove(GstPad* target) {
  GstPad* ghost = nullptr;
  {
    const std::lock_guard guard(lock_);
    const auto found =
        std::find_if(exposed_.begin(), exposed_.end(),
                     [target](const Exposed& exposed) { return exposed.target == target; });
    if (found == exposed_.end()) return;
    ghost = found->ghost;
    if (found->converter) retired_.push_back(std::move(found->converter));
    exposed_.erase(found);
    changed_.notify_all();
  }
  gst_ghost_pad_set_target(GST_GHOST_PAD(ghost), nullptr);
  gst_pad_set_active(ghost, FALSE);
  gst_element_remove_pad(GST_ELEMENT(bin_), ghost);
}

GstPadProbeReturn Decoder::probe(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* decoder = static_cast<Decoder*>(self);
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START:
      if (!decoder->set_flushing(pad, true)) return GST_PAD_PROBE_DROP;
      break;
    case GST_EVENT_FLUSH_STOP: {
      gboolean time_restarts = FALSE;
      gst_event_parse_flush_stop(event, &time_restarts);
      const bool wanted = decoder->set_flushing(pad, false);
      if (wanted && time_restarts && decoder->presentation_.start_now) decoder->clear_offset(pad);
      if (!wanted) return GST_PAD_PROBE_DROP;
      break;
    }
    case GST_EVENT_STREAM_START:
      if (decoder->is_silent(pad)) {
        GST_PAD_PROBE_INFO_DATA(info) = decoder->silent_start().release();
        gst_event_unref(event);
      }
      break;
    case GST_EVENT_TAG: GST_PAD_PROBE_INFO_DATA(info) = decoder->visible(pad, event); break;
    case GST_EVENT_EOS: {
      if (!decoder->wait_for_clip(pad)) {
        GST_DEBUG_OBJECT(pad, "dropping EOS: the clip was not waited for");
        return GST_PAD_PROBE_DROP;
      }
      GST_INFO_OBJECT(pad, "EOS");
      // Before GStreamer 1.26 the EOS of a decodebin3 is marked as its own, and an outer one (in
      // uridecodebin3, playbin3) that sees the mark never ends. A fresh one has none.
      GstEvent* fresh = gst_event_new_eos();
      gst_event_set_seqnum(fresh, gst_event_get_seqnum(event));
      gst_event_unref(event);
      GST_PAD_PROBE_INFO_DATA(info) = fresh;
      if (decoder->note_end(pad)) decoder->listener_.delivered();
      break;
    }
    default: break;
  }
  return GST_PAD_PROBE_OK;
}

// A TAG event as it may be shown, in place of `event`. The request's own are as they are.
GstEvent* Decoder::visible(GstPad* pad, GstEvent* event) {
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  {
    const std::lock_guard guard(lock_);
    if (tags == tags_.get()) return event;
  }
  g_autoptr(GstStream) stream = gst_pad_get_stream(pad);
  if (stream != nullptr) make_tags_visible(stream);
  TagList shown = visible_tags(tags);
  if (shown == nullptr) return event;
  GstEvent* fresh = gst_event_new_tag(shown.release());
  gst_event_set_seqnum(fresh, gst_event_get_seqnum(event));
  gst_event_unref(event);
  return fresh;
}

Decoder::Exposed* Decoder::find(GstPad* ghost) {
  const auto found =
      std::find_if(exposed_.begin(), exposed_.end(),
                   [ghost](const Exposed& exposed) { return exposed.ghost == ghost; });
  return found == exposed_.end() ? nullptr : &*found;
}

bool Decoder::is_unwanted(GstPad* ghost) {
  const Exposed* exposed = find(ghost);
  return download_ == Download::Abandoned || exposed == nullptr || exposed->flushing;
}

GstPadProbeReturn Decoder::note_buffer(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* decoder = static_cast<Decoder*>(self);
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  GstTagList* tags = nullptr;
  {
    std::unique_lock guard(decoder->lock_);
    if (!decoder->wait_for_beginning(guard, pad)) return GST_PAD_PROBE_DROP;
    Exposed* exposed = decoder->find(pad);
    const bool is_silent = exposed != nullptr && exposed->is_silent;
    // A source would end with an error.
    if (is_silent && !is_linked_outside(pad)) return GST_PAD_PROBE_DROP;
    if (GST_BUFFER_PTS_IS_VALID(buffer) && !is_silent) decoder->position_ = GST_BUFFER_PTS(buffer);
    if (exposed != nullptr) exposed->has_data = true;
    if (exposed != nullptr && exposed->tags != decoder->tags_serial_) {
      exposed->tags = decoder->tags_serial_;
      tags = gst_tag_list_ref(decoder->tags_.get());
    }
  }
  if (tags != nullptr) gst_pad_push_event(pad, gst_event_new_tag(tags));
  return GST_PAD_PROBE_OK;
}

void Decoder::set_tags(TagList tags) {
  const std::lock_guard guard(lock_);
  tags_ = std::move(tags);
  ++tags_serial_;
}

std::optional<GstClockTime> Decoder::position() const {
  const std::lock_guard guard(lock_);
  return position_;
}

std::optional<GstClockTime> Decoder::duration() const {
  Ref<GstPad> pad;
  {
    const std::lock_guard guard(lock_);
    if (!announced_ || exposed_.empty()) return std::nullopt;
    pad = share(exposed_.front().ghost);
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

bool Decoder::set_flushing(GstPad* ghost, bool flushing) {
  const std::lock_guard guard(lock_);
  position_.reset();
  if (Exposed* exposed = find(ghost)) {
    exposed->flushing = flushing;
    if (flushing) ++exposed->flushes;
    exposed->has_data = exposed->ended = exposed->has_ended = false;
  }
  first_ = First::Playing;
  changed_.notify_all();
  // Where the clip begins is no jump for those who have seen nothing of it: time does not restart.
  return beginning_ != Beginning::Seeking || data_passed_;
}

void Decoder::abandon() {
  const std::lock_guard guard(lock_);
  download_ = Download::Abandoned;
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
  std::unique_lock guard(lock_);
  const auto decided = [this] { return announced_ || download_ == Download::Abandoned; };
  while (!changed_.wait_for(guard, kMaxSilence, decided)) {
    guard.unlock();
    const guint64 now = reads_at();
    guard.lock();
    if (now == last) return false;
    last = now;
  }
  return true;
}

std::size_t Decoder::count(const char* kind) const {
  const std::lock_guard guard(lock_);
  return static_cast<std::size_t>(
      std::count_if(exposed_.begin(), exposed_.end(), [kind](const Exposed& exposed) {
        return std::string_view(exposed.kind) == kind && !exposed.is_silent;
      }));
}

}  // namespace airforce::gst
