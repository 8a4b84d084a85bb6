// SPDX-License-Identifier: LGPL-2.1-or-later
#include "request_images.h"

#include <memory>
#include <string>

#include "errors.h"
#include "messages.h"

namespace airforce::gst {

void RequestImages::cancel() {
  {
    auto encoding = encoding_.lock();
    encoding->cancelled = true;
    if (encoding->encoder != nullptr) encoding->encoder->cancel();
  }
  images_.wake();
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): it takes them, and frees them at its end
void RequestImages::add(CoreSettings& settings, std::vector<Image> images) {
  for (const Image& image : images) add(settings, image);
}

// The progress of it is complete at once: gst-launch-1.0 holds back PLAYING for as long as a
// progress is open, and a live source gives a picture in PLAYING only. Other pipelines are held
// back by the state change itself.
std::vector<Image> RequestImages::wait(const std::function<bool()>& cancelled) {
  if (const std::string awaited = images_.awaited(); !awaited.empty()) {
    post_progress(element_, GST_PROGRESS_TYPE_START,
                  ("Waiting for a picture on " + awaited).c_str(), kImageProgressCode);
    post_progress(element_, GST_PROGRESS_TYPE_COMPLETE,
                  "Nothing is bought before it arrives; a live pipeline may play",
                  kImageProgressCode);
  }
  auto images = images_.wait(cancelled);
  if (cancelled()) throw cancelled_failure();
  return images;
}

void RequestImages::add(CoreSettings& settings, const Image& image) {
  const Buffer file = encoded(image);
  GstMapInfo map;
  if (!gst_buffer_map(file.get(), &map, GST_MAP_READ)) {
    throw image_failure(image.pad + ": its memory can't be read");
  }
  const std::unique_ptr<GstBuffer, std::function<void(GstBuffer*)>> unmap(
      file.get(), [&map](GstBuffer* buffer) { gst_buffer_unmap(buffer, &map); });
  settings.add_image({map.data, map.size}, image.pad);
}

// As it arrived, if that was a JPEG or PNG.
Buffer RequestImages::encoded(const Image& image) {
  GstSample* sample = image.sample.get();
  if (!is_raw(gst_sample_get_caps(sample))) {
    return Buffer(gst_buffer_ref(gst_sample_get_buffer(sample)));
  }
  PngEncoder encoder;
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

void RequestImages::publish(PngEncoder* encoder) {
  auto encoding = encoding_.lock();
  encoding->encoder = encoder;
  if (encoding->cancelled && encoder != nullptr) encoder->cancel();
}

}  // namespace airforce::gst
