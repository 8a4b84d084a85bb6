// SPDX-License-Identifier: LGPL-2.1-or-later
// What one blocking thread needs to wait for an asynchronous function of GIO, a time and a
// cancellation at once. Private to common/http.
#pragma once

#include <algorithm>

#include <gio/gio.h>

#include "values/glib_ptr.h"

namespace airforce::http {

// The calling thread's private main context, its default while this object lives.
class ThreadContext {
 public:
  ThreadContext() : context_(of_this_thread()) { g_main_context_push_thread_default(context_); }
  ~ThreadContext() { g_main_context_pop_thread_default(context_); }
  ThreadContext(const ThreadContext&) = delete;
  ThreadContext& operator=(const ThreadContext&) = delete;
  GMainContext* get() const { return context_; }

 private:
  static GMainContext* of_this_thread() {
    thread_local const GMainContextPtr context(g_main_context_new());
    return context.get();
  }
  GMainContext* context_;
};

// A source in `context` that sets a flag.
class Alarm {
 public:
  Alarm(GSource* source, GMainContext* context) : source_(source) {
    g_source_set_callback(source_, G_SOURCE_FUNC(ring), &rang_, nullptr);
    g_source_attach(source_, context);
  }
  ~Alarm() {
    g_source_destroy(source_);
    g_source_unref(source_);
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  bool rang() const { return rang_; }

 private:
  static gboolean ring(gpointer rang) {
    *static_cast<bool*>(rang) = true;
    return G_SOURCE_REMOVE;
  }
  GSource* source_;
  bool rang_ = false;
};

// Wakes a context when `cancellable` is cancelled, in another thread as a rule. Not a
// GCancellableSource: g_cancellable_cancel() may still be about to wake that when it was destroyed
// and its context was freed with the thread (GLib 2.74 waited for ever for the lock of such a one).
// g_cancellable_disconnect() waits until the cancelling thread is out of here.
class CancelAlarm {
 public:
  CancelAlarm(GCancellable* cancellable, GMainContext* context) : cancellable_(cancellable) {
    if (cancellable == nullptr) return;
    // At once if it is cancelled already, and then there is no handler.
    handler_ = g_cancellable_connect(cancellable, G_CALLBACK(wake), context, nullptr);
  }
  ~CancelAlarm() {
    if (handler_ != 0) g_cancellable_disconnect(cancellable_, handler_);
  }
  CancelAlarm(const CancelAlarm&) = delete;
  CancelAlarm& operator=(const CancelAlarm&) = delete;
  bool rang() const { return cancellable_ != nullptr && g_cancellable_is_cancelled(cancellable_); }

 private:
  static void wake(GCancellable*, gpointer context) {
    g_main_context_wakeup(static_cast<GMainContext*>(context));
  }
  GCancellable* cancellable_;
  gulong handler_ = 0;
};

// What an asynchronous operation left behind.
struct Pending {
  bool running = false;
  GObjectPtr<GAsyncResult> result;
  static void done(GObject*, GAsyncResult* result, gpointer self) {
    static_cast<Pending*>(self)->result = share(result);
    static_cast<Pending*>(self)->running = false;
  }
};

enum class Waited { Done, TimedOut, Cancelled };

// How long to wait.
struct WaitLimits {
  double silence;  // seconds since `last_life`
  gint64 end;      // g_get_monotonic_time(): whatever comes until then
};

// Runs the context until the operation is done, the limits are reached, or `cancellable` is
// cancelled.
inline Waited wait_for(const Pending& pending, const ThreadContext& context,
                       const gint64& last_life, const WaitLimits& limits,
                       GCancellable* cancellable) {
  const CancelAlarm cancel(cancellable, context.get());
  while (pending.running) {
    if (cancel.rang()) return Waited::Cancelled;
    const gint64 now = g_get_monotonic_time();
    const double left = std::min(limits.silence - static_cast<double>(now - last_life) / 1e6,
                                 static_cast<double>(limits.end - now) / 1e6);
    if (left <= 0) return Waited::TimedOut;
    const Alarm timer(g_timeout_source_new(static_cast<guint>(std::min(left, 3600.0) * 1000) + 1),
                      context.get());
    while (pending.running && !timer.rang() && !cancel.rang())
      g_main_context_iteration(context.get(), TRUE);
  }
  return Waited::Done;
}

}  // namespace airforce::http
