// SPDX-License-Identifier: LGPL-2.1-or-later
// RAII for what GLib hands out: object references, and sources of the main loop.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <glib-object.h>
#include <glib.h>

namespace airforce::simulator {

struct ObjectUnref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
/// A reference to a GObject.
template <typename T>
using Object = std::unique_ptr<T, ObjectUnref>;

template <typename T>
Object<T> add_reference(T* object) {
  return Object<T>(static_cast<T*>(g_object_ref(object)));
}

struct FreeMemory {
  void operator()(gpointer memory) const { g_free(memory); }
};
using Text = std::unique_ptr<char, FreeMemory>;

struct ErrorFree {
  void operator()(GError* error) const { g_error_free(error); }
};
using ErrorPtr = std::unique_ptr<GError, ErrorFree>;

/// A source attached to the main loop; taken out of it when this goes.
class LoopSource {
 public:
  LoopSource() = default;
  /// Attaches it. Takes the reference.
  explicit LoopSource(GSource* source) : source_(source) { g_source_attach(source_, nullptr); }
  LoopSource(LoopSource&& other) noexcept : source_(std::exchange(other.source_, nullptr)) {}
  LoopSource& operator=(LoopSource&& other) noexcept {
    std::swap(source_, other.source_);
    other.clear();
    return *this;
  }
  ~LoopSource() { clear(); }

  void clear() {
    if (!source_) return;
    g_source_destroy(source_);
    g_source_unref(std::exchange(source_, nullptr));
  }
  explicit operator bool() const { return source_ != nullptr; }

 private:
  GSource* source_ = nullptr;
};

namespace detail {
inline gboolean run_once(gpointer data) {
  (*static_cast<std::function<void()>*>(data))();
  return G_SOURCE_REMOVE;
}
inline void drop(gpointer data) {
  delete static_cast<std::function<void()>*>(data);
}
}  // namespace detail

/// Calls it once, after that many milliseconds, unless the result goes first. In the callback the
/// result may be assigned to or cleared.
inline LoopSource after_milliseconds(guint delay, std::function<void()> call) {
  GSource* source = g_timeout_source_new(delay);
  g_source_set_callback(source, detail::run_once, new std::function<void()>(std::move(call)),
                        detail::drop);
  return LoopSource(source);
}

/// Calls it once, after that many milliseconds, for as long as the main loop runs.
inline void call_after_milliseconds(guint delay, std::function<void()> call) {
  GSource* source = g_timeout_source_new(delay);
  g_source_set_callback(source, detail::run_once, new std::function<void()>(std::move(call)),
                        detail::drop);
  g_source_attach(source, nullptr);
  g_source_unref(source);
}

/// Calls it soon, from the main loop. May be used from any thread.
inline void call_in_main_loop(std::function<void()> call) {
  GSource* source = g_idle_source_new();
  g_source_set_priority(source, G_PRIORITY_DEFAULT);
  g_source_set_callback(source, detail::run_once, new std::function<void()>(std::move(call)),
                        detail::drop);
  g_source_attach(source, nullptr);
  g_source_unref(source);
}

}  // namespace airforce::simulator
