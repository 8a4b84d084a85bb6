// SPDX-License-Identifier: LGPL-2.1-or-later
// A picture in coarse cells, and whether two are the same.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include <gst/gst.h>

namespace airforce::gst {

// The mean red, green and blue, from 0 to 1.
using Cell = std::array<double, 3>;
// Row by row.
using Cells = std::vector<Cell>;

// Of an RGB frame; empty if it can't be read.
Cells cells_of(GstSample* frame);
// Whether two pictures are the same but for what encoding and a drift of colour change.
bool is_same_picture(const Cells& one, const Cells& other);

// From 0 to 1, differences of colour around 0.5.
struct Line {
  double gain = 1;
  double offset = 0;
  double at(double value) const { return gain * value + offset; }
};
// The straight line through pairs of values, by least squares. One that bends far is none that
// encoding or a model's drift makes.
Line line_of(const Cells& from, const Cells& to, const std::function<double(const Cell&)>& value);

double luma(const Cell& rgb);  // BT.709

}  // namespace airforce::gst
