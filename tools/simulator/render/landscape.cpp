// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <initializer_list>
#include <numbers>

#include "render/frame.h"

namespace airforce::simulator {
namespace {

struct Colour {
  double red, green, blue;
};

constexpr Colour rgb(unsigned hex) {
  return {((hex >> 16) & 255) / 255.0, ((hex >> 8) & 255) / 255.0, (hex & 255) / 255.0};
}

Colour mix(const Colour& a, const Colour& b, double share) {
  return {a.red + (b.red - a.red) * share, a.green + (b.green - a.green) * share,
          a.blue + (b.blue - a.blue) * share};
}

/// The colours of a time of day and of a kind of country.
struct Lighting {
  const char* words;  ///< of a prompt that asks for it
  Colour top, middle, horizon, sun;
  bool stars;
};
struct Background {
  const char* words;
  Colour far, near;
  bool trees;
  enum class Air { kClear, kSnow, kFireflies } air;
};

constexpr std::array<Lighting, 5> kLightings = {{
    {"dawn sunrise morning", rgb(0x2b3a67), rgb(0xb56576), rgb(0xffc9a0), rgb(0xfff1d0), false},
    {"dusk sunset evening", rgb(0x1f1a4a), rgb(0x8a3a6b), rgb(0xff8c5a), rgb(0xffd9a0), false},
    {"night moon stars midnight", rgb(0x060b20), rgb(0x10204a), rgb(0x2f4f7f), rgb(0xf2f4ff), true},
    {"day noon sunny sky", rgb(0x2f7fd0), rgb(0x7fb8ea), rgb(0xe2f1fa), rgb(0xffffff), false},
    {"aurora storm rain fog", rgb(0x0e2a33), rgb(0x1f6f6a), rgb(0x9fd8c0), rgb(0xe9fff6), true},
}};

constexpr std::array<Background, 5> kBackgrounds = {{
    {"snow snowy ice winter", rgb(0xb9c6de), rgb(0xf3f7fd), true, Background::Air::kSnow},
    {"desert sand dune canyon", rgb(0xb98a6a), rgb(0x5d3324), false, Background::Air::kClear},
    {"forest tree woods jungle", rgb(0x6f938c), rgb(0x10291f), true, Background::Air::kFireflies},
    {"sea ocean beach wave", rgb(0x6f9fb8), rgb(0x0d3a52), false, Background::Air::kClear},
    {"hill mountain field valley", rgb(0x7f86a8), rgb(0x22253f), true, Background::Air::kClear},
}};

/// The row one of whose words is in the prompt; otherwise one by chance.
template <typename Rows>
const auto& choose(const Rows& rows, const std::string& prompt, double chance) {
  std::string lower = prompt;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  for (const auto& row : rows) {
    const std::string words = row.words;
    for (size_t begin = 0; begin < words.size();) {
      const size_t end = std::min(words.find(' ', begin), words.size());
      if (lower.find(words.substr(begin, end - begin)) != std::string::npos) return row;
      begin = end + 1;
    }
  }
  return rows.at(std::min(rows.size() - 1, static_cast<size_t>(chance * rows.size())));
}

void set_colour(cairo_t* to, const Colour& colour, double alpha = 1) {
  cairo_set_source_rgba(to, colour.red, colour.green, colour.blue, alpha);
}

void add_stop(cairo_pattern_t* pattern, double offset, const Colour& colour, double alpha = 1) {
  cairo_pattern_add_color_stop_rgba(pattern, offset, colour.red, colour.green, colour.blue, alpha);
}

class Landscape : public Frame {
 public:
  Landscape(const std::string& prompt, uint64_t seed, int width, int height)
      : seed_(seed),
        width_(width),
        height_(height),
        lighting_(choose(kLightings, prompt, noise(seed, 1))),
        background_(choose(kBackgrounds, prompt, noise(seed, 2))),
        sky_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)),
        sun_glow_(glow(lighting_.sun, sun_radius() * 7, sun_radius() * 7,
                       {{0, 0.55}, {0.11, 0.55}, {0.38, 0.16}, {1, 0}})) {
    for (uint64_t number = 0; number < kClouds; ++number) clouds_.push_back(cloud(number));
    draw_sky(Context(cairo_create(sky_.get())).get());
  }

  void draw(cairo_t* frame, double elapsed, double whole) override {
    cairo_set_source_surface(frame, sky_.get(), 0, 0);
    cairo_paint(frame);
    draw_sun(frame, elapsed / std::max(whole, 0.001));
    draw_clouds(frame, elapsed);
    for (int layer = 0; layer < kLayers; ++layer) draw_hills(frame, layer, elapsed);
    draw_air(frame, elapsed);
  }

 private:
  static constexpr int kLayers = 5;
  static constexpr uint64_t kClouds = 4;

  void draw_sky(cairo_t* to) const {
    const Pattern sky(cairo_pattern_create_linear(0, 0, 0, height_ * 0.75));
    add_stop(sky.get(), 0, lighting_.top);
    add_stop(sky.get(), 0.6, lighting_.middle);
    add_stop(sky.get(), 1, lighting_.horizon);
    cairo_set_source(to, sky.get());
    cairo_paint(to);
    if (!lighting_.stars) return;
    for (uint64_t star = 0; star < 160; ++star) {
      const double x = noise(seed_, 1000 + star * 3) * width_;
      const double y = noise(seed_, 1001 + star * 3) * height_ * 0.5;
      const double size = (0.5 + noise(seed_, 1002 + star * 3)) * height_ / 480;
      set_colour(to, lighting_.sun, 0.3 + 0.6 * noise(seed_, 5000 + star));
      cairo_arc(to, x, y, size, 0, 2 * std::numbers::pi);
      cairo_fill(to);
    }
  }

  /// A soft disc, drawn once: gradients are what costs most.
  struct Glow {
    Surface surface;
    int half_width;
    int half_height;
  };
  struct Stop {
    double offset;
    double alpha;
  };
  static Glow glow(const Colour& colour, double half_width, double half_height,
                   std::initializer_list<Stop> stops) {
    const int across = static_cast<int>(std::ceil(half_width));
    const int down = static_cast<int>(std::ceil(half_height));
    Surface surface(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, across * 2, down * 2));
    const Context to(cairo_create(surface.get()));
    cairo_translate(to.get(), across, down);
    cairo_scale(to.get(), half_width, half_height);
    const Pattern pattern(cairo_pattern_create_radial(0, 0, 0, 0, 0, 1));
    for (const Stop& stop : stops) add_stop(pattern.get(), stop.offset, colour, stop.alpha);
    cairo_set_source(to.get(), pattern.get());
    cairo_paint(to.get());
    return {std::move(surface), across, down};
  }

  /// On whole pixels, which is fast, and can't be seen on something so soft.
  static void draw_glow(cairo_t* to, const Glow& glow, double x, double y) {
    cairo_set_source_surface(to, glow.surface.get(), std::round(x) - glow.half_width,
                             std::round(y) - glow.half_height);
    cairo_paint(to);
  }

  void draw_sun(cairo_t* to, double share) const {
    const double x = width_ * (0.25 + 0.5 * noise(seed_, 3));
    const double y = height_ * (0.5 - 0.2 * share - 0.08 * noise(seed_, 4));
    draw_glow(to, sun_glow_, x, y);
    set_colour(to, lighting_.sun);
    cairo_arc(to, x, y, sun_radius(), 0, 2 * std::numbers::pi);
    cairo_fill(to);
  }

  [[nodiscard]] double sun_radius() const { return height_ * 0.055; }

  [[nodiscard]] Glow cloud(uint64_t number) const {
    const double size = height_ * (0.10 + 0.10 * noise(seed_, 70 + number));
    return glow(mix(lighting_.horizon, lighting_.sun, 0.5), size * 2.8, size * 0.34,
                {{0, 0.55}, {0.6, 0.25}, {1, 0}});
  }

  void draw_clouds(cairo_t* to, double elapsed) const {
    for (uint64_t number = 0; number < clouds_.size(); ++number) {
      const double span = width_ * 1.6;
      const double speed = width_ * (0.012 + 0.01 * noise(seed_, 40 + number));
      const double x =
          std::fmod(noise(seed_, 50 + number) * span + speed * elapsed, span) - width_ * 0.3;
      const double y = height_ * (0.1 + 0.3 * noise(seed_, 60 + number));
      draw_glow(to, clouds_.at(number), x, y);
    }
  }

  /// How high a layer's outline is at a place of the world, 0 to 1.
  [[nodiscard]] double outline(int layer, double place) const {
    double height = 0.5;
    for (int wave = 0; wave < 4; ++wave) {
      const auto index = 100 + static_cast<uint64_t>(layer) * 10 + static_cast<uint64_t>(wave);
      const double length = 1.9 / std::pow(1.9, wave) * (0.8 + 0.4 * noise(seed_, index));
      height += 0.24 / std::pow(1.8, wave) *
                std::sin(2 * std::numbers::pi * (place / length + noise(seed_, index + 500)));
    }
    return height;
  }

  static double depth_of(int layer) { return static_cast<double>(layer) / (kLayers - 1); }
  /// Where a layer's outline is on the average, and how far it goes up and down.
  [[nodiscard]] double base_of(int layer) const {
    return height_ * (0.60 + 0.26 * depth_of(layer));
  }
  [[nodiscard]] double reach_of(int layer) const {
    return height_ * (0.20 - 0.07 * depth_of(layer));
  }

  void draw_hills(cairo_t* to, int layer, double elapsed) const {
    const double depth = depth_of(layer);  // 0 far, 1 near
    const double travelled = elapsed * (0.008 + 0.09 * depth * depth);
    const double base = base_of(layer);
    const double reach = reach_of(layer);
    // Below that, the next layer hides this one.
    const double bottom =
        layer + 1 < kLayers ? base_of(layer + 1) + 0.4 * reach_of(layer + 1) : height_;
    constexpr int kPoints = 161;  // of the outline
    const auto top = [&](double x) {
      return base - reach * (outline(layer, x / height_ + travelled) - 0.35);
    };
    cairo_move_to(to, 0, bottom);
    for (int point = 0; point <= kPoints; ++point) {
      const double x = width_ * static_cast<double>(point) / (kPoints - 1);
      cairo_line_to(to, x, top(x));
    }
    cairo_line_to(to, width_, bottom);
    cairo_close_path(to);
    const Colour body = mix(mix(lighting_.horizon, background_.far, 0.35 + 0.65 * depth),
                            mix(background_.near, lighting_.top, 0.12), depth);
    const Pattern shade(cairo_pattern_create_linear(0, base - reach, 0, base + reach * 1.5));
    add_stop(shade.get(), 0, mix(body, lighting_.sun, 0.18 * (1 - depth) + 0.06));
    add_stop(shade.get(), 1, mix(body, lighting_.middle, 0.25 * (1 - depth)));
    cairo_set_source(to, shade.get());
    cairo_fill(to);
    if (background_.trees && layer >= 2) draw_trees(to, layer, travelled, top);
  }

  template <typename Top>
  void draw_trees(cairo_t* to, int layer, double travelled, const Top& top) const {
    const double spacing = layer == 2 ? 0.09 : layer == 3 ? 0.17 : 0.33;  // in picture heights
    const double tall = height_ * (layer == 2 ? 0.045 : layer == 3 ? 0.09 : 0.19);
    const Colour colour = mix(rgb(0x14241f), lighting_.middle,
                              layer == 2   ? 0.45
                              : layer == 3 ? 0.25
                                           : 0.08);
    const auto first = static_cast<int64_t>(std::floor(travelled / spacing)) - 1;
    const auto last =
        static_cast<int64_t>((travelled + static_cast<double>(width_) / height_) / spacing) + 1;
    set_colour(to, colour);
    for (int64_t tree = first; tree <= last; ++tree) {
      const auto index = static_cast<uint64_t>((tree + 1000) * 8 + layer) * 4 + 20000;
      if (noise(seed_, index) < 0.3) continue;
      const double place = (static_cast<double>(tree) + noise(seed_, index + 1) * 0.8) * spacing;
      const double x = (place - travelled) * height_;
      const double size = tall * (0.6 + 0.6 * noise(seed_, index + 2));
      const double ground = top(x) + size * 0.06;
      for (int tier = 0; tier < 3; ++tier) {
        const double y = ground - size * (0.08 + 0.28 * tier);
        const double half = size * (0.24 - 0.06 * tier);
        cairo_move_to(to, x - half, y);
        cairo_line_to(to, x + half, y);
        cairo_line_to(to, x, y - size * 0.42);
        cairo_close_path(to);
      }
      cairo_rectangle(to, x - size * 0.025, ground - size * 0.1, size * 0.05, size * 0.1);
    }
    cairo_fill(to);
  }

  void draw_air(cairo_t* to, double elapsed) const {
    if (background_.air == Background::Air::kClear) return;
    const bool snow = background_.air == Background::Air::kSnow;
    const uint64_t count = snow ? 140 : 36;
    for (uint64_t flake = 0; flake < count; ++flake) {
      const double depth = noise(seed_, 30000 + flake);
      const double fall = snow ? height_ * (0.06 + 0.16 * depth) : -height_ * 0.012;
      const double sway = std::sin(elapsed * (0.6 + depth) + flake) * height_ * 0.02;
      const double x = std::fmod(noise(seed_, 31000 + flake) * width_ + sway + width_ -
                                     std::fmod(elapsed * width_ * 0.05 * depth, width_),
                                 width_);
      const double area = snow ? height_ : height_ * 0.4;
      const double y =
          height_ - area +
          std::fmod(noise(seed_, 32000 + flake) * area + fall * elapsed + 10 * area, area);
      const double pulse = snow ? 1 : 0.5 + 0.5 * std::sin(elapsed * 2 + flake * 1.7);
      set_colour(to, snow ? rgb(0xffffff) : rgb(0xffe9a0), (0.25 + 0.6 * depth) * pulse);
      cairo_arc(to, x, y, height_ * (0.0016 + 0.0036 * depth), 0, 2 * std::numbers::pi);
      cairo_fill(to);
    }
  }

  uint64_t seed_;
  int width_;
  int height_;
  const Lighting& lighting_;
  const Background& background_;
  Surface sky_;
  Glow sun_glow_;
  std::vector<Glow> clouds_;
};

}  // namespace

double noise(uint64_t seed, uint64_t index) {
  // splitmix64: one well-mixed number for each index.
  uint64_t z = seed * 0x9e3779b97f4a7c15 + index * 0xd1b54a32d192ed03 + 0x8cb92ba72f3d8dd7;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) / static_cast<double>(uint64_t{1} << 53);
}

std::unique_ptr<Frame> landscape(const std::string& prompt, uint64_t seed, int width, int height) {
  return std::make_unique<Landscape>(prompt, seed, width, height);
}

}  // namespace airforce::simulator
