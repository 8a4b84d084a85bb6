// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the application's main loop runs yet.
#pragma once

#include <chrono>
#include <memory>

namespace airforce::gst {

// gst-launch-1.0 leaves its main loop from the synchronous handler of an error message. A message
// that comes before the loop runs is forgotten that way, and it hangs; a request that fails at once
// is quick enough for that. So such a failure waits for the loop.
class ApplicationLoop {
 public:
  ApplicationLoop();

  // Returns once the default main context is iterated, after `longest` (there are applications that
  // never do that), or when cancel() is called, be it before.
  void wait(std::chrono::milliseconds longest);
  // From any thread; never blocks.
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace airforce::gst
