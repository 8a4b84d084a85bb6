// SPDX-License-Identifier: LGPL-2.1-or-later
// A pipeline of which nothing remains when it goes.
#pragma once

#include <string>

#include <gst/gst.h>

namespace airforce::simulator {

class Pipeline {
 public:
  /// From a launch line. Throws std::runtime_error where an element is missing or the line wrong.
  explicit Pipeline(const std::string& launch_line);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// The element of that name; it belongs to the pipeline.
  [[nodiscard]] GstElement* element(const char* name) const;
  void play() const;
  /// Waits for the end of the stream, asking `stop` ten times a second. Throws std::runtime_error
  /// with the pipeline's error, or when stopped.
  template <typename Stop>
  void run(const Stop& stop) const {
    play();
    while (!ended())
      if (stop()) interrupted();
  }

 private:
  [[nodiscard]] bool ended() const;
  [[noreturn]] static void interrupted();
  GstElement* pipeline_;
};

/// Whether there is an element of that name.
bool element_exists(const char* factory);

}  // namespace airforce::simulator
