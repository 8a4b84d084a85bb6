// SPDX-License-Identifier: LGPL-2.1-or-later
#include "state.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "debug.h"
#include "errors.h"
#include "film_player.h"
#include "silence.h"
#include "tags.h"

namespace airforce::gst {
namespace {

// An application whose synchronous handler waits for the thread that starts us would wait for ever.
constexpr std::chrono::milliseconds kMaxHandling(50);

// What GstBin does with its own asynchronous messages: keeps its state change pending, or commits
// it.
void handle_as_bin(GstBin* bin, GstMessage* message) {
  GST_BIN_CLASS(g_type_class_peek(GST_TYPE_BIN))->handle_message(bin, message);
}

// Guarded, as a sanitizer of threads does not see how GStreamer passes it to the other thread.
using Ending = Guarded<std::shared_ptr<Production>>;

void join_item(GstElement*, gpointer item) {
  const std::shared_ptr<Production> ending = *static_cast<Ending*>(item)->lock();
  ending->join();
}

void free_item(gpointer item) {
  delete static_cast<Ending*>(item);
}

}  // namespace

void State::prepare() {
  stop();
  images_.start();
}

bool State::start() {
  std::shared_ptr<Production> next;
  {
    auto known = known_.lock();
    known->has_failed = false;
    known->task.reset();
    known->presentation.sound = wants_sound(known->properties);
    known->current_shot = 0;
    ++known->serial;
    next = std::make_shared<FilmPlayer>(known->serial, bin_, *this, images_, known->properties,
                                        known->film, known->presentation, known->pending_seek);
    known->item = next;
  }
  try {
    next->start();
  } catch (const std::system_error& error) {
    GST_ELEMENT_ERROR(bin_, RESOURCE, FAILED, ("No thread can be started."), ("%s", error.what()));
    return false;
  }
  return true;
}

void State::cancel() {
  if (const auto ending = current()) ending->cancel();
}

void State::stop() {
  std::shared_ptr<Production> ending;
  {
    auto known = known_.lock();
    ++known->serial;
    ending = std::move(known->item);
    if (ending) known->pending_seek = std::make_shared<PendingSeek>();
  }
  images_.stop();
  segment_watch_.lock()->reset();
  if (!ending) return;
  ending->cancel();
  if (!ending->is_worker()) {
    ending->join();
    return;
  }
  // An application that stops us from its synchronous bus handler does so in the worker, which
  // can't wait for itself.
  auto* item = new Ending();
  *item->lock() = std::move(ending);
  gst_element_call_async(GST_ELEMENT(bin_), join_item, item, free_item);
}

void State::async_start() {
  {
    auto known = known_.lock();
    known->async_pending = true;
  }
  handle_as_bin(bin_, gst_message_new_async_start(GST_OBJECT(bin_)));
}

void State::async_done() {
  {
    auto known = known_.lock();
    if (!known->async_pending) return;
    known->async_pending = false;
  }
  GST_DEBUG_OBJECT(bin_, "posting ASYNC_DONE");
  const std::lock_guard handling(handling_done_);
  handle_as_bin(bin_, gst_message_new_async_done(GST_OBJECT(bin_), GST_CLOCK_TIME_NONE));
}

void State::let_async_done_return() {
  if (handling_done_.try_lock_for(kMaxHandling)) handling_done_.unlock();
}

void State::set_property(Property property, const GValue* value) {
  auto known = known_.lock();
  known->properties.set(property, value);
}

void State::get_property(Property property, GValue* value) {
  auto known = known_.lock();
  if (property == Property::task_id && known->task) {
    g_value_set_string(value, gst_structure_get_string(known->task.get(), "task-id"));
  } else {
    known->properties.get(property, value);
  }
  // What can be read stands in dot files, presets and the output of gst-launch-1.0 -v.
  if (property == Property::store && g_value_get_string(value) != nullptr) {
    g_value_set_string(value, without_password(g_value_get_string(value)).c_str());
  }
}

void State::set_uri(const char* uri) {
  auto known = known_.lock();
  known->properties.set_uri(uri);
}

std::string State::uri() {
  auto known = known_.lock();
  return known->properties.uri();
}

void State::set_series(Series series) {
  auto known = known_.lock();
  known->properties.set_series(std::move(series));
}

void State::set_output(Output output) {
  auto known = known_.lock();
  known->presentation.output = output;
}

Output State::output() {
  auto known = known_.lock();
  return known->presentation.output;
}

void State::set_start_now(bool start_now) {
  auto known = known_.lock();
  known->presentation.start_now = start_now;
}

bool State::start_now() {
  auto known = known_.lock();
  return known->presentation.start_now;
}

bool State::seek(GstEvent* seek) {
  const Event owned(seek);
  std::shared_ptr<PendingSeek> pending_seek;
  bool has_bytes = false;
  {
    auto known = known_.lock();
    pending_seek = known->pending_seek;
    has_bytes = known->presentation.output == Output::Container;
  }
  const bool can_wait = !has_bytes && PendingSeek::can_wait(seek);
  if (can_wait && pending_seek->keep(seek)) {
    GST_DEBUG_OBJECT(bin_, "kept until there are pads: %" GST_PTR_FORMAT, seek);
    return true;
  }
  // Any of those that are demuxed: the demuxer seeks for all. Silence has a source of its own.
  struct Pads {
    Ref<GstPad> demuxed;
    Ref<GstPad> silent;
  } pads;
  const auto sort = [](GstElement*, GstPad* pad, gpointer data) {
    auto* found = static_cast<Pads*>(data);
    Ref<GstPad>& place = is_silence(pad) ? found->silent : found->demuxed;
    if (place == nullptr) place = share(pad);
    return gboolean{TRUE};
  };
  gst_element_foreach_src_pad(GST_ELEMENT(bin_), sort, &pads);
  if (pads.silent != nullptr) gst_pad_send_event(pads.silent.get(), gst_event_ref(seek));
  return pads.demuxed != nullptr &&
         gst_pad_send_event(pads.demuxed.get(), gst_event_ref(seek)) != FALSE;
}

bool State::end(GstEvent* eos) {
  Event owned(eos);
  const auto item = current();
  if (!item) return false;
  GST_DEBUG_OBJECT(bin_, "ends by EOS");
  item->end(owned.release());
  return true;
}

void State::set_film(FilmSettings film) {
  auto known = known_.lock();
  known->film = std::move(film);
}

FilmSettings State::film() {
  auto known = known_.lock();
  return known->film;
}

unsigned State::current_shot() {
  auto known = known_.lock();
  return known->current_shot;
}

void State::shot_changed(guint of_item, unsigned shot) {
  {
    auto known = known_.lock();
    if (of_item != known->serial || known->current_shot == shot) return;
    known->current_shot = shot;
  }
  g_object_notify(G_OBJECT(bin_), "current-shot");
}

GstStructure* State::task() {
  auto known = known_.lock();
  return known->task ? gst_structure_copy(known->task.get()) : nullptr;
}

bool State::admit_message(GstMessage* message) {
  const auto item = current();
  switch (fate_of(message)) {
    case MessageFate::Pass:
      if (hold_segment_done(message)) return false;
      if (item && !item->admit_message(message)) return false;
      break;
    case MessageFate::Drop: return false;
    case MessageFate::MissingDecoder:
      if (item) item->add_missing(message);
      return false;
    case MessageFate::Rewrite: rewrite(message); return false;
  }
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ERROR || claim_failure()) return true;
  GST_DEBUG_OBJECT(bin_, "dropping an error that follows from an earlier one: %" GST_PTR_FORMAT,
                   message);
  return false;
}

// A demuxer says that it has read all of a segment. In a uridecodebin more than one queue lies
// before a sink, and whoever loops would miss what they hold: it is said when they have given it.
bool State::hold_segment_done(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_SEGMENT_DONE) return false;
  const Ref<GstElement> around = outer_uridecodebin(GST_OBJECT(bin_));
  if (around == nullptr) return false;
  const std::shared_ptr<GstMessage> held(gst_message_ref(message), gst_message_unref);
  auto watch = std::make_unique<SegmentWatch>(
      around.get(), [this, held] { handle_as_bin(bin_, gst_message_ref(held.get())); });
  *segment_watch_.lock() = std::move(watch);
  return true;
}

void State::rewrite(GstMessage* message) {
  const auto item = current();
  const BoughtTask task = item ? item->bought(GST_MESSAGE_SRC(message)) : BoughtTask();
  Failure failure = failure_of(message, task);
  if (is_about_missing_plugin(message)) {
    // Known by a message of its own; a warning comes with the pads.
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) return;
    failure = undecodable(item ? item->missing() : std::vector<MissingDecoder>(), task);
  }
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) {
    post_warning(GST_ELEMENT(bin_), failure);
    return;
  }
  if (item && item->take_failure(GST_MESSAGE_SRC(message), failure)) return;
  if (claim_failure()) post_error(GST_ELEMENT(bin_), failure);
  async_done();
}

void State::watch_message(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) async_done();
  if (const auto item = current()) item->watch_message(message);
}

bool State::is_current(guint of_item) {
  auto known = known_.lock();
  return of_item == known->serial;
}

std::shared_ptr<Production> State::current() {
  auto known = known_.lock();
  return known->item;
}

bool State::claim_failure() {
  auto known = known_.lock();
  return !std::exchange(known->has_failed, true);
}

void State::task_changed(guint of_item, Structure task) {
  const char* id = gst_structure_get_string(task.get(), "task-id");
  bool is_new = false;
  {
    auto known = known_.lock();
    if (of_item != known->serial) return;
    is_new =
        !known->task || g_strcmp0(gst_structure_get_string(known->task.get(), "task-id"), id) != 0;
    known->task.reset(gst_structure_copy(task.get()));
  }
  if (is_new) {
    GST_INFO_OBJECT(bin_, "task %s", id);
    g_object_notify(G_OBJECT(bin_), Properties::name(Property::task_id));
  }
  g_object_notify(G_OBJECT(bin_), "task");
  gst_element_post_message(GST_ELEMENT(bin_),
                           gst_message_new_element(GST_OBJECT(bin_), task.release()));
}

void State::exposed(guint of_item, const Production& item) {
  if (!is_current(of_item)) return;
  const std::vector<MissingDecoder> missing = item.missing();
  const bool lacks_picture =
      std::any_of(missing.begin(), missing.end(),
                  [](const MissingDecoder& one) { return one.kind != "audio"; });
  const std::size_t pads = item.count("video") + item.count("audio") + item.count("container");
  if (pads == 0 || lacks_picture) {
    failed(of_item, undecodable(missing, item.bought(nullptr)));
  } else {
    GST_INFO_OBJECT(bin_, "all pads are there: %u video, %u audio",
                    static_cast<unsigned>(item.count("video")),
                    static_cast<unsigned>(item.count("audio")));
    warn_of_silence(item, missing);
    gst_element_no_more_pads(GST_ELEMENT(bin_));
  }
  settled(of_item);
}

void State::warn_of_silence(const Production& item, const std::vector<MissingDecoder>& missing) {
  const Presentation& presentation = item.presentation();
  if (presentation.output == Output::Container) return;
  const char* silence = presentation.output == Output::Raw ? " Silence takes its place." : "";
  if (!missing.empty()) {
    Failure failure = undecodable(missing, item.bought(nullptr));
    failure.text += silence;
    post_warning(GST_ELEMENT(bin_), failure);
  } else if (presentation.sound && item.count("audio") == 0) {
    GST_ELEMENT_WARNING(bin_, STREAM, FAILED,
                        ("The clip has no sound, though sound was asked for.%s", silence),
                        (nullptr));
  }
}

void State::failed(guint of_item, const Failure& failure) {
  if (!is_current(of_item) || !claim_failure()) return;
  GST_WARNING_OBJECT(bin_, "failed: %s", failure.what());
  post_error(GST_ELEMENT(bin_), failure);
}

void State::settled(guint of_item) {
  if (is_current(of_item)) async_done();
}

}  // namespace airforce::gst
