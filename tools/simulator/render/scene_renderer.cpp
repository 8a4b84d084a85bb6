// SPDX-License-Identifier: LGPL-2.1-or-later
#include "render/scene_renderer.h"

#include <algorithm>
#include <stdexcept>

#include <glib.h>

#include "render/frame.h"
#include "render/image_fetch.h"
#include "render/rendered_clip.h"

namespace airforce::simulator {
namespace {

constexpr size_t kKept = 64;  // finished clips that wait for the same request to come again
constexpr unsigned kThreads = 2;

void add_picture(GChecksum* sum, cairo_surface_t* picture) {
  const int rows = cairo_image_surface_get_height(picture);
  const int stride = cairo_image_surface_get_stride(picture);
  const std::string size = std::to_string(stride) + "x" + std::to_string(rows);
  g_checksum_update(sum, reinterpret_cast<const guchar*>(size.data()),
                    static_cast<gssize>(size.size()));
  g_checksum_update(sum, cairo_image_surface_get_data(picture), static_cast<gssize>(stride) * rows);
}

/// Everything that has an influence on the clip, as one hash.
std::string digest(const Request& request, const std::vector<Picture>& images) {
  const std::unique_ptr<GChecksum, decltype(&g_checksum_free)> sum(
      g_checksum_new(G_CHECKSUM_SHA256), g_checksum_free);
  const auto add = [&](const std::string& text) {
    // With its end: "ab" and "c" are not "a" and "bc".
    g_checksum_update(sum.get(), reinterpret_cast<const guchar*>(text.c_str()),
                      static_cast<gssize>(text.size() + 1));
  };
  add(request.model->id);
  add(request.prompt);
  add(request.mode);
  add(std::to_string(request.duration_seconds));
  add(request.aspect_ratio);
  add(request.quality);
  add(request.seed ? std::to_string(*request.seed) : "");
  add(request.sound ? "sound" : "");
  for (const Picture& image : images) add_picture(sum.get(), image.get());
  return g_checksum_get_string(sum.get());
}

/// Without a seed in the request, the same prompt still gives the same picture: that is what a
/// simulator is for.
uint64_t seed_of(const Request& request, uint64_t default_seed) {
  const std::string text = request.seed
                               ? "seed " + std::to_string(*request.seed)
                               : "prompt " + std::to_string(default_seed) + " " + request.prompt;
  const std::unique_ptr<char, decltype(&g_free)> sum(
      g_compute_checksum_for_string(G_CHECKSUM_SHA256, text.c_str(), -1), g_free);
  return std::stoull(std::string(sum.get()).substr(0, 16), nullptr, 16);
}

std::shared_ptr<const Clip> render_now(const Request& request, std::vector<Picture> images,
                                       const SceneRendererSettings& settings,
                                       const std::function<bool()>& stop) {
  const auto [width, height] = picture_size(request.quality, request.aspect_ratio);
  const bool continues = request.mode == "image" && (settings.echo > 0 || settings.drift > 0);
  const ClipSpec spec = {.width = width,
                         .height = height,
                         .frame_rate = request.model->frame_rate,
                         .seconds = request.duration_seconds,
                         .prompt = request.prompt,
                         .model = request.model->id,
                         .seed = seed_of(request, settings.seed),
                         .sound = request.sound,
                         .faststart = settings.faststart,
                         .with_text = !continues};
  std::unique_ptr<Frame> frame;
  if (continues)
    frame = continued_view(images.front(),
                           {static_cast<double>(settings.echo) / spec.frame_rate, settings.drift},
                           width, height);
  else if (request.mode == "image")
    frame = moving_view(images.front(), spec.seed, width, height);
  else if (request.mode == "reference")
    frame = blend(std::move(images), spec.seed, width, height);
  else
    frame = landscape(request.prompt, spec.seed, width, height);
  return render_clip(spec, *frame, stop);
}

}  // namespace

SceneRenderer::SceneRenderer(SceneRendererSettings settings, Deliver deliver)
    : settings_(std::move(settings)), deliver_(std::move(deliver)) {
  for (const auto& [model, path] : settings_.files) files_[model] = open_clip(path);
  for (unsigned i = 0; i < kThreads; ++i) threads_.emplace_back([this] { work(); });
}

SceneRenderer::~SceneRenderer() {
  *gone_ = true;
  jobs_.close();
  for (std::thread& thread : threads_) thread.join();
}

void SceneRenderer::work() {
  while (const auto job = jobs_.take()) (*job)();
}

void SceneRenderer::load_images(std::vector<InputImage> images, ImagesLoaded done) {
  // Urgent: a client waits for the answer. `done` is handed on, not copied: what it holds belongs
  // to the main loop's thread.
  jobs_.push_urgent([this, images = std::move(images), done = std::move(done)]() mutable {
    std::vector<Picture> pictures;
    std::string error;
    for (size_t i = 0; i < images.size() && error.empty(); ++i) {
      try {
        pictures.push_back(load_image(images[i]));
      } catch (const std::exception& problem) {
        error = "input_images[" + std::to_string(i) + "]: " + problem.what();
      }
    }
    deliver_([gone = gone_, done = std::move(done), pictures = std::move(pictures), error] {
      if (!*gone) done(pictures, error);
    });
  });
}

void SceneRenderer::render(const Request& request, std::vector<Picture> images, Rendered done) {
  for (const std::string& model : {request.model->id, std::string()}) {
    if (const auto file = files_.find(model); file != files_.end()) return done(file->second, "");
  }
  const std::string key = digest(request, images);
  if (const auto known = finished_.find(key); known != finished_.end())
    return done(known->second, "");
  auto& askers = waiting_[key];
  askers.push_back(std::move(done));
  if (askers.size() > 1) return;  // it is being rendered

  Request kept = request;
  kept.images.clear();
  jobs_.push([this, key, request = std::move(kept), images = std::move(images)] {
    std::shared_ptr<const Clip> clip;
    std::string error;
    try {
      clip = render_now(request, images, settings_, [this] { return gone_->load(); });
    } catch (const std::exception& problem) {
      error = std::string("rendering failed: ") + problem.what();
    }
    deliver_([this, gone = gone_, key, clip, error] {
      if (!*gone) finish(key, clip, error);
    });
  });
}

void SceneRenderer::finish(const std::string& key, const std::shared_ptr<const Clip>& clip,
                           const std::string& error) {
  if (clip) {
    finished_[key] = clip;
    finished_order_.push_back(key);
    if (finished_order_.size() > kKept) {
      finished_.erase(finished_order_.front());
      finished_order_.pop_front();
    }
  }
  const auto askers = std::move(waiting_.extract(key).mapped());
  for (const Rendered& done : askers) done(clip, error);
}

}  // namespace airforce::simulator
