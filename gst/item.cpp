// SPDX-License-Identifier: LGPL-2.1-or-later
#include "item.h"

#include <algorithm>
#include <chrono>
#include <functional>

#include <pthread.h>

#include "debug.h"
#include "errors.h"
#include "messages.h"
#include "preload.h"
#include "tags.h"

namespace airforce::gst {
namespace {

// An application that iterates the default main context does so by then.
constexpr std::chrono::milliseconds kApplicationStart(500);

}  // namespace

Item::Item(guint serial, GstBin* bin, Listener& listener, Images& images, Properties request,
           Presentation presentation, std::shared_ptr<PendingSeek> pending_seek)
    : serial_(serial),
      bin_(bin),
      listener_(listener),
      images_(images),
      request_(std::move(request)),
      presentation_(presentation),
      pending_seek_(std::move(pending_seek)) {}

Item::~Item() {
  cancel();
  join();
}

void Item::start() {
  thread_ = std::thread([this] {
    worker_id_ = std::this_thread::get_id();
    pthread_setname_np(pthread_self(), "airforce-item");
    work();
  });
}

void Item::cancel() {
  {
    const std::lock_guard guard(lock_);
    cancelled_ = true;
    application_loop_.cancel();
    if (encoder_ != nullptr) encoder_->cancel();
    if (generation_) generation_->cancel();
    if (player_) player_->cancel();
  }
  images_.wake();
}

ClipPlayer* Item::player() const {
  const std::lock_guard guard(lock_);
  return player_.get();
}

Decoder* Item::decoder() const {
  const ClipPlayer* running = player();
  return running != nullptr ? running->decoder() : nullptr;
}

void Item::quiesce() {
  // It stays until join().
  if (ClipPlayer* running = player()) running->quiesce();
}

bool Item::is_cancelled() {
  const std::lock_guard guard(lock_);
  return cancelled_;
}

void Item::join() {
  if (thread_.joinable()) thread_.join();
  early_end_.reset();
  player_.reset();
  generation_.reset();
}

void Item::end(GstEvent* eos) {
  Event owned(eos);
  if (Decoder* running = decoder(); running != nullptr && running->has_pads()) {
    running->end_early(owned.release());
    return;
  }
  {
    const std::lock_guard guard(lock_);
    eos_.swap(owned);
  }
  cancel();
}

// Nothing that can be played is there: whoever waits for pads gets them, with EOS.
void Item::end_early(const Event& eos) {
  const bool is_container = presentation_.output == Output::Container;
  early_end_ = std::make_unique<EarlyEnd>(bin_,
                                          is_container ? std::vector<const char*>{"container"}
                                                       : std::vector<const char*>{"video", "audio"},
                                          eos.get());
  gst_element_no_more_pads(GST_ELEMENT(bin_));
  const std::string id = bought(nullptr).id;
  if (id.empty()) return;
  GST_ELEMENT_INFO(bin_, RESOURCE, FAILED,
                   ("Ended before the clip was there. The same request resumes task %s at no extra "
                    "cost.",
                    shell_word(id).c_str()),
                   (nullptr));
}

void Item::watch_message(GstMessage* message) {
  if (Decoder* running = decoder()) running->watch_message(message);
}

void Item::add_missing(GstMessage* message) {
  // It stays while its elements post messages: they are stopped before join() takes it away.
  if (Decoder* running = decoder()) running->add_missing(missing_decoder(message));
}

std::vector<MissingDecoder> Item::missing() const {
  const Decoder* running = decoder();
  return running != nullptr ? running->missing() : std::vector<MissingDecoder>();
}

BoughtTask Item::bought(GstObject*) const {
  const std::lock_guard guard(lock_);
  return generation_ ? generation_->bought() : BoughtTask();
}

void Item::work() {
  GstElement* element = GST_ELEMENT(bin_);
  try {
    std::vector<Image> images = wait_for_images();
    stage_ = Stage::Generating;
    post_progress(element, GST_PROGRESS_TYPE_START, "Preparing the request");
    generate(std::move(images));
    stage_ = Stage::Playing;
    post_progress(element, GST_PROGRESS_TYPE_COMPLETE, "The clip is there");
    play();
  } catch (const Failure& failure) {
    fail(failure);
  }
}

void Item::fail(const Failure& failure) {
  GstElement* element = GST_ELEMENT(bin_);
  if (player_) player_->cancel();
  if (stage_ != Stage::Playing) application_loop_.wait(kApplicationStart);
  const bool by_us = is_cancelled();
  Event eos;
  {
    const std::lock_guard guard(lock_);
    eos.swap(eos_);
  }
  if (!by_us) listener_.failed(serial_, failure);
  if (stage_ == Stage::Generating) {
    post_progress(element, by_us ? GST_PROGRESS_TYPE_CANCELED : GST_PROGRESS_TYPE_ERROR,
                  by_us ? "Cancelled" : failure.message.c_str());
  }
  if (eos) end_early(eos);
  listener_.settled(serial_);
}

// The progress of it is told as complete while it goes on: gst-launch-1.0 holds back PLAYING for as
// long as a progress is open, and a live source gives a picture in PLAYING only. Other pipelines
// are held back by the state change itself.
std::vector<Image> Item::wait_for_images() {
  if (const std::string awaited = images_.awaited(); !awaited.empty()) {
    GstElement* element = GST_ELEMENT(bin_);
    post_progress(element, GST_PROGRESS_TYPE_START, ("Waiting for a picture on " + awaited).c_str(),
                  kImageProgressCode);
    post_progress(element, GST_PROGRESS_TYPE_COMPLETE,
                  "Nothing is bought before it is here; a live pipeline may play",
                  kImageProgressCode);
  }
  auto images = images_.wait([this] { return is_cancelled(); });
  if (is_cancelled()) throw cancelled_failure();
  return images;
}

void Item::add_image(Settings& settings, const Image& image) {
  const Buffer file = encoded(image);
  GstMapInfo map;
  if (!gst_buffer_map(file.get(), &map, GST_MAP_READ)) {
    throw image_failure(image.pad + ": its memory can't be read");
  }
  const std::unique_ptr<GstBuffer, std::function<void(GstBuffer*)>> unmap(
      file.get(), [&map](GstBuffer* buffer) { gst_buffer_unmap(buffer, &map); });
  settings.add_image({map.data, map.size}, image.pad);
}

// As it has come, if that was a JPEG or PNG.
Buffer Item::encoded(const Image& image) {
  GstSample* sample = image.sample.get();
  if (!is_raw(gst_sample_get_caps(sample))) {
    return Buffer(gst_buffer_ref(gst_sample_get_buffer(sample)));
  }
  PngEncoder encoder;
  const auto publish = [this](PngEncoder* current) {
    const std::lock_guard guard(lock_);
    encoder_ = current;
    if (cancelled_ && current != nullptr) current->cancel();
  };
  publish(&encoder);
  try {
    Buffer file = encoder.encode(sample);
    publish(nullptr);
    return file;
  } catch (Failure& failure) {
    publish(nullptr);
    if (failure.kind == AIRFORCE_ERROR_CANCELLED) throw;
    throw image_failure(image.pad + ": " + failure.message);
  }
}

// Buffers go back to where they come from, a camera perhaps, before the long wait: it takes them.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
Settings Item::settings_with(std::vector<Image> images) {
  Settings settings = request_.to_settings();
  for (const Image& image : images) add_image(settings, image);
  return settings;
}

void Item::generate(std::vector<Image> images) {
  auto generation = std::make_shared<Generation>(
      settings_with(std::move(images)), [weak = weak_from_this()](const AirforceEvent& event) {
        if (const auto self = weak.lock()) self->take_event(event);
      });
  {
    const std::lock_guard guard(lock_);
    if (cancelled_) throw cancelled_failure();
    generation_ = generation;
  }
  generation->run();
}

void Item::play() {
  auto player = std::make_unique<ClipPlayer>(
      bin_, GST_ELEMENT(bin_), generation_, presentation_, pending_seek_, prompt_tags(request_),
      ClipPlayer::Listener{[this] { listener_.exposed(serial_, *this); },
                           [this](const Failure& failure) { listener_.failed(serial_, failure); },
                           [this](const Message& message) {
                             gst_element_post_message(GST_ELEMENT(bin_),
                                                      gst_message_ref(message.get()));
                           }});
  player->set_arrived(arrived_);
  ClipPlayer* playing = player.get();
  {
    const std::lock_guard guard(lock_);
    if (cancelled_) throw cancelled_failure();
    player_ = std::move(player);
  }
  playing->play();
}

void Item::take_event(const AirforceEvent& event) {
  GstElement* element = GST_ELEMENT(bin_);
  if (event.phase != phase_) {
    phase_ = event.phase;
    GST_INFO_OBJECT(bin_, "%s: %s", phase_name(event.phase), event.text);
  } else {
    GST_LOG_OBJECT(bin_, "%s, %d%%: %s", phase_name(event.phase), event.percent, event.text);
  }
  if (event.phase == AIRFORCE_PHASE_DOWNLOAD) {
    arrived_ = event.bytes;
    if (ClipPlayer* running = player()) running->set_arrived(event.bytes);
  }
  if (event.kind == AIRFORCE_EVENT_WARNING) {
    GST_ELEMENT_WARNING(element, RESOURCE, FAILED, ("%s", in_property_names(event.text).c_str()),
                        (nullptr));
    return;
  }
  if (event.kind == AIRFORCE_EVENT_TASK && event.task != nullptr) {
    listener_.task_changed(serial_, task_structure(*event.task));
  }
  // What the downloading thread tells comes after COMPLETE, when nothing may be continued.
  if (event.kind == AIRFORCE_EVENT_PROGRESS && is_worker() && stage_ == Stage::Generating) {
    post_progress(element, event);
  }
  const bool task_is_there =
      event.phase == AIRFORCE_PHASE_QUEUED || event.phase == AIRFORCE_PHASE_RUNNING;
  if (task_is_there && is_worker()) preload_decoders();
}

}  // namespace airforce::gst
