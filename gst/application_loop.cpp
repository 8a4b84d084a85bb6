// SPDX-License-Identifier: LGPL-2.1-or-later
#include "application_loop.h"

#include <condition_variable>

#include <glib.h>

#include "values/guarded.h"

namespace airforce::gst {

// Shared with the source, whose callback may be running while the last wait() has ended.
struct ApplicationLoop::State {
  void finish() {
    auto done = finished.lock();
    *done = true;
    changed.notify_all();
  }

  Guarded<bool> finished;
  std::condition_variable changed;
};

ApplicationLoop::ApplicationLoop() : state_(std::make_shared<State>()) {}

void ApplicationLoop::cancel() {
  state_->finish();
}

void ApplicationLoop::wait(std::chrono::milliseconds longest) {
  GSource* source = g_idle_source_new();
  g_source_set_priority(source, G_PRIORITY_HIGH);
  g_source_set_callback(
      source,
      [](gpointer data) -> gboolean {
        (*static_cast<std::shared_ptr<State>*>(data))->finish();
        return G_SOURCE_REMOVE;
      },
      new std::shared_ptr<State>(state_),
      [](gpointer data) { delete static_cast<std::shared_ptr<State>*>(data); });
  g_source_attach(source, nullptr);
  {
    auto finished = state_->finished.lock();
    finished.wait_for(state_->changed, longest, [&] { return *finished; });
  }
  g_source_destroy(source);
  g_source_unref(source);
}

}  // namespace airforce::gst
