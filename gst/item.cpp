// SPDX-License-Identifier: LGPL-2.1-or-later
#include "item.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>

#include <pthread.h>

#include "clip/mp4_check.h"
#include "debug.h"
#include "errors.h"
#include "messages.h"
#include "preload.h"

namespace airforce::gst {
namespace {

// An application that iterates the default main context does so by then.
constexpr std::chrono::milliseconds kApplicationStart(500);
// How often a clip that is arriving is compared with what is played of it.
constexpr std::chrono::milliseconds kLookEvery(100);

double seconds_now() {
  return static_cast<double>(g_get_monotonic_time()) / G_USEC_PER_SEC;
}

Failure cancelled() {
  Failure failure;
  failure.kind = AIRFORCE_ERROR_CANCELLED;
  failure.text = failure.message = "cancelled";
  return failure;
}

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
    if (decoder_) decoder_->abandon();
  }
  images_.wake();
}

Decoder* Item::decoder() {
  const std::lock_guard guard(lock_);
  return decoder_.get();
}

void Item::quiesce() {
  // It stays until join().
  if (Decoder* running = decoder()) running->quiesce();
}

bool Item::is_cancelled() {
  const std::lock_guard guard(lock_);
  return cancelled_;
}

void Item::join() {
  if (thread_.joinable()) thread_.join();
  early_end_.reset();
  decoder_.reset();
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
  const std::string id = task_id();
  if (id.empty()) return;
  GST_ELEMENT_INFO(bin_, RESOURCE, FAILED,
                   ("Ended before the clip was there. The same request resumes task %s at no extra "
                    "cost.",
                    id.c_str()),
                   (nullptr));
}

void Item::watch_message(GstMessage* message) {
  if (Decoder* running = decoder()) running->watch_message(message);
}

void Item::add_missing(MissingDecoder missing) {
  // It stays while its elements post messages: they are stopped before join() takes it away.
  if (Decoder* running = decoder()) running->add_missing(std::move(missing));
}

std::vector<MissingDecoder> Item::missing() const {
  const std::lock_guard guard(lock_);
  return decoder_ ? decoder_->missing() : std::vector<MissingDecoder>();
}

std::string Item::task_id() const {
  const std::lock_guard guard(lock_);
  return generation_ ? generation_->task_id() : std::string();
}

void Item::work() {
  GstElement* element = GST_ELEMENT(bin_);
  try {
    std::vector<Image> images = wait_for_images();
    stage_ = Stage::Generating;
    post_progress(element, GST_PROGRESS_TYPE_START, "Preparing the request");
    generate(std::move(images));
    stage_ = Stage::Checking;
    post_progress(element, GST_PROGRESS_TYPE_COMPLETE, "The clip is there");
    check_clip();
    stage_ = Stage::Playing;
    decode();
  } catch (const Failure& failure) {
    fail(failure);
  }
}

void Item::fail(const Failure& failure) {
  GstElement* element = GST_ELEMENT(bin_);
  if (decoder_) decoder_->abandon();
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
  if (is_cancelled()) throw cancelled();
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
    if (cancelled_) throw cancelled();
    generation_ = generation;
  }
  generation->run();
}

// Before any element sees a byte of it.
void Item::check_clip() {
  const std::int64_t size = generation_->size();
  const auto read = [this](std::uint64_t offset, std::span<char> buffer) {
    return generation_->read_at(offset,
                                {reinterpret_cast<std::uint8_t*>(buffer.data()), buffer.size()});
  };
  const auto problem =
      mp4_problem(size >= 0 ? std::optional<std::uint64_t>(size) : std::nullopt, read);
  if (!problem) return;
  throw clip_failure("the clip is not a playable MP4: it " + *problem,
                     "look at the file with airforce-video download <the task's id>, and report it "
                     "to the service",
                     generation_->task_id());
}

void Item::decode() {
  auto decoder = std::make_unique<Decoder>(
      bin_, generation_, presentation_, pending_seek_,
      Decoder::Listener{[this] { listener_.exposed(serial_, *this); },
                        [this](const Failure& failure) { listener_.failed(serial_, failure); },
                        [this] { generation_->set_delivered(); }});
  {
    const std::lock_guard guard(lock_);
    if (cancelled_) throw cancelled();
    decoder_ = std::move(decoder);
  }
  TagList tags = prompt_tags(request_);
  if (tags) decoder_->set_tags(TagList(gst_tag_list_ref(tags.get())));
  if (tags && presentation_.output == Output::Container) {
    // Bytes that are pulled carry none.
    gst_element_post_message(GST_ELEMENT(bin_),
                             gst_message_new_tag(GST_OBJECT(bin_), gst_tag_list_ref(tags.get())));
  }
  decoder_->start();
  try {
    watch_arrival();
    decoder_->clip_is_complete();
  } catch (const Failure&) {
    // What is here can still be played; a read that meets the hole says so at once.
    decoder_->wait_for_end();
    throw;
  }
  if (!decoder_->wait_for_pads()) {
    throw clip_failure("the demuxer stopped without reporting an error", kKeepTheFile,
                       generation_->task_id());
  }
  tell_thumbnail(tags);
}

// Last, as it is worth no delay of the clip. Streams that have ended by then don't carry it any
// more, so the application is told too.
void Item::tell_thumbnail(const TagList& tags) {
  try {
    const auto image = generation_->thumbnail();
    if (image.empty()) return;
    decoder_->set_tags(with_thumbnail(tags, image));
    gst_element_post_message(
        GST_ELEMENT(bin_),
        gst_message_new_tag(GST_OBJECT(bin_), with_thumbnail(nullptr, image).release()));
  } catch (const Failure& failure) {
    GST_INFO_OBJECT(bin_, "no thumbnail: %s", failure.what());
  }
}

// Waits for the whole clip, and tells meanwhile whether it can be played. Throws Failure.
void Item::watch_arrival() {
  Buffering buffering;
  // Where no thread can be had it is waited for in this one, below.
  auto whole = std::async([this] { generation_->wait_complete(); });
  while (whole.wait_for(kLookEvery) == std::future_status::timeout) tell_buffering(buffering);
  // Whether it came or never will: what is here is all there is to play.
  if (const auto percent = buffering.finish()) {
    post_buffering(GST_ELEMENT(bin_), *percent, buffering.rate(), 0);
  }
  decoder_->set_supply(buffering.rate(), buffering.percent());
  whole.get();
}

void Item::tell_buffering(Buffering& buffering) {
  const std::int64_t size = generation_->size();
  const auto duration = decoder_->duration();
  if (!duration || size <= 0) return;
  Supply supply;
  supply.now = seconds_now();
  supply.duration = static_cast<double>(*duration) / GST_SECOND;
  supply.size = size;
  supply.arrived = arrived_;
  // Which byte belongs to which time only the demuxer knows; clips are short and even.
  double part = static_cast<double>(decoder_->reads_at()) / static_cast<double>(size);
  if (const auto position = decoder_->position()) {
    part = static_cast<double>(*position) / static_cast<double>(*duration);
  }
  part = std::clamp(part, 0.0, 1.0);
  supply.position = part * supply.duration;
  const auto offset = static_cast<std::uint64_t>(part * static_cast<double>(size));
  supply.ahead = generation_->available(offset);
  const auto percent = buffering.update(supply);
  decoder_->set_supply(buffering.rate(), buffering.percent());
  if (!percent) return;
  post_buffering(GST_ELEMENT(bin_), *percent, buffering.rate(), size - arrived_);
}

void Item::take_event(const AirforceEvent& event) {
  GstElement* element = GST_ELEMENT(bin_);
  if (event.phase != phase_) {
    phase_ = event.phase;
    GST_INFO_OBJECT(bin_, "%s: %s", phase_name(event.phase), event.text);
  } else {
    GST_LOG_OBJECT(bin_, "%s, %d%%: %s", phase_name(event.phase), event.percent, event.text);
  }
  if (event.phase == AIRFORCE_PHASE_DOWNLOAD) arrived_ = event.bytes;
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
