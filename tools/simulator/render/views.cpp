// SPDX-License-Identifier: LGPL-2.1-or-later
// Frames made of given images.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "render/frame.h"

namespace airforce::simulator {
namespace {

/// Slow at both ends.
double eased(double share) {
  return 0.5 - 0.5 * std::cos(std::numbers::pi * std::clamp(share, 0.0, 1.0));
}

/// A path over an image: from one crop of it to another.
class CameraPath {
 public:
  CameraPath(Picture image, uint64_t seed, int width, int height)
      : image_(std::move(image)), width_(width), height_(height) {
    const double image_width = cairo_image_surface_get_width(image_.get());
    const double image_height = cairo_image_surface_get_height(image_.get());
    cover_ = std::max(width / image_width, height / image_height);
    spare_x_ = image_width - width / cover_;
    spare_y_ = image_height - height / cover_;
    inwards_ = noise(seed, 1) < 0.5;
    from_x_ = noise(seed, 2);
    from_y_ = noise(seed, 3);
  }

  void draw(cairo_t* to, double share, double alpha) const {
    const double way = eased(share);
    const double zoom = 1 + kZoom * (inwards_ ? way : 1 - way);
    const double scale = cover_ * zoom;
    // The crop drifts to the opposite side of what the frame leaves out of the image.
    const double drift_x = from_x_ + (1 - 2 * from_x_) * way;
    const double drift_y = from_y_ + (1 - 2 * from_y_) * way;
    const double x = drift_x * (spare_x_ + width_ / cover_ * (1 - 1 / zoom));
    const double y = drift_y * (spare_y_ + height_ / cover_ * (1 - 1 / zoom));
    cairo_save(to);
    cairo_scale(to, scale, scale);
    cairo_set_source_surface(to, image_.get(), -x, -y);
    cairo_pattern_set_extend(cairo_get_source(to), CAIRO_EXTEND_PAD);
    cairo_pattern_set_filter(cairo_get_source(to), CAIRO_FILTER_BILINEAR);
    cairo_paint_with_alpha(to, alpha);
    cairo_restore(to);
  }

 private:
  static constexpr double kZoom = 0.28;
  Picture image_;
  int width_;
  int height_;
  double cover_ = 1;  // the scale at which the image just covers the frame
  double spare_x_ = 0;
  double spare_y_ = 0;
  bool inwards_ = true;
  double from_x_ = 0;
  double from_y_ = 0;
};

class MovingView : public Frame {
 public:
  MovingView(Picture image, uint64_t seed, int width, int height)
      : path_(std::move(image), seed, width, height) {}
  void draw(cairo_t* frame, double elapsed, double whole) override {
    path_.draw(frame, elapsed / whole, 1);
  }

 private:
  CameraPath path_;
};

class ContinuedView : public Frame {
 public:
  ContinuedView(Picture image, const Continuation& how, int width, int height)
      : image_(std::move(image)), how_(how), width_(width), height_(height) {}

  /// Stretched to the frame, and from there into its middle.
  void draw(cairo_t* frame, double elapsed, double whole) override {
    const double moving = std::max(elapsed - how_.echo_seconds, 0.0);
    const double zoom = 1 + kZoom * eased(moving / (whole - how_.echo_seconds));
    cairo_save(frame);
    cairo_translate(frame, width_ / 2.0, height_ / 2.0);
    cairo_scale(frame, zoom * width_ / cairo_image_surface_get_width(image_.get()),
                zoom * height_ / cairo_image_surface_get_height(image_.get()));
    cairo_set_source_surface(frame, image_.get(),
                             -cairo_image_surface_get_width(image_.get()) / 2.0,
                             -cairo_image_surface_get_height(image_.get()) / 2.0);
    cairo_pattern_set_extend(cairo_get_source(frame), CAIRO_EXTEND_PAD);
    cairo_paint(frame);
    cairo_restore(frame);
    cairo_set_source_rgba(frame, 1, 0.6, 0.2, how_.drift);
    cairo_paint(frame);
  }

 private:
  static constexpr double kZoom = 0.28;
  Picture image_;
  Continuation how_;
  int width_;
  int height_;
};

class Blend : public Frame {
 public:
  Blend(std::vector<Picture> images, uint64_t seed, int width, int height) {
    for (size_t i = 0; i < images.size(); ++i)
      paths_.emplace_back(std::move(images[i]), seed + i, width, height);
  }

  /// All images show all the time; each has a turn in which it shows most.
  void draw(cairo_t* frame, double elapsed, double whole) override {
    const double share = elapsed / whole;
    const auto count = static_cast<double>(paths_.size());
    double sum = 0;
    for (size_t i = 0; i < paths_.size(); ++i) {
      const double distance = std::abs(share * count - (static_cast<double>(i) + 0.5));
      const double weight = kGhost + eased(1.25 - distance);
      sum += weight;
      // Drawn over each other with these shares, they weigh what they should.
      paths_[i].draw(frame, share, weight / sum);
    }
  }

 private:
  static constexpr double kGhost = 0.15;
  std::vector<CameraPath> paths_;
};

}  // namespace

std::unique_ptr<Frame> moving_view(Picture image, uint64_t seed, int width, int height) {
  return std::make_unique<MovingView>(std::move(image), seed, width, height);
}

std::unique_ptr<Frame> continued_view(Picture image, const Continuation& how, int width,
                                      int height) {
  return std::make_unique<ContinuedView>(std::move(image), how, width, height);
}

std::unique_ptr<Frame> blend(std::vector<Picture> images, uint64_t seed, int width, int height) {
  return std::make_unique<Blend>(std::move(images), seed, width, height);
}

}  // namespace airforce::simulator
