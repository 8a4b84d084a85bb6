// SPDX-License-Identifier: LGPL-2.1-or-later
// A service with the clips of a film of known shots, for tests of films in the element.
#pragma once

#include <string>
#include <vector>

#include "film_support.h"

namespace airforce::gst::test {

inline constexpr const char* kBranches =
    "s. ! video/x-raw ! queue ! fakesink name=video sync=false "
    "s. ! audio/x-raw ! audioconvert ! audio/x-raw,format=S16LE ! queue ! "
    "fakesink name=audio sync=false ";
inline constexpr const char* kVideoBranch =
    "s. ! video/x-raw ! queue ! fakesink name=video sync=false ";

// Clips of a model each: a and b share the picture 24, b and c the picture 48, where colours have
// drifted; d stands alone.
struct FilmService {
  explicit FilmService(std::vector<std::string> arguments = {});

  // JSON Lines of shots, "a" to "d"; a '+' before one continues the shot before it.
  std::string storyboard(const std::string& shots, const std::string& more = "") const;

  TempDir directory;
  Simulator simulator;
};

// The element with a storyboard, as the beginning of a launch line.
std::string film(const std::string& storyboard, const std::string& settings = "");

// What the shots show, without the pictures that are shown twice.
std::vector<int> expected_numbers(const std::string& shots);

void seek(const Pipeline& pipeline, double rate, GstClockTime start, GstClockTime stop, int flags);
// Waits until the pipeline is in PAUSED.
void preroll(Pipeline& pipeline);

}  // namespace airforce::gst::test
