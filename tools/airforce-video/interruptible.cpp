// SPDX-License-Identifier: LGPL-2.1-or-later
#include "interruptible.h"

#include <array>
#include <csignal>
#include <exception>
#include <memory>
#include <thread>

#include <glib-unix.h>

#include "values/glib_ptr.h"

namespace airforce::cli {
namespace {

constexpr guint kTickMilliseconds = 100;

using LoopPtr = std::unique_ptr<GMainLoop, Deleter<g_main_loop_unref>>;

// A source of the default main context, gone with this object; 0 is none.
class Source {
 public:
  explicit Source(guint id) : id_(id) {}
  ~Source() {
    if (id_ != 0) g_source_remove(id_);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

 private:
  guint id_;
};

// timeout(1) signals its command, and then the group that the command is in.
constexpr gint64 kSameSignalMicroseconds = 200'000;

struct Watch {
  const std::function<void()>& cancel;
  const std::function<void()>& tick;
  int& signal;
  gint64 signalled_at = 0;  // g_get_monotonic_time() of the first
};

template <int Number>
gboolean on_signal(gpointer data) {
  auto& watch = *static_cast<Watch*>(data);
  const gint64 now = g_get_monotonic_time();
  if (watch.signal != 0 && now - watch.signalled_at < kSameSignalMicroseconds)
    return G_SOURCE_CONTINUE;
  if (watch.signal != 0) {
    // A second signal: whatever blocks, end as if there were no handler.
    std::signal(Number, SIG_DFL);
    std::raise(Number);
  }
  watch.signal = Number;
  watch.signalled_at = now;
  watch.cancel();
  return G_SOURCE_CONTINUE;
}

// A signal that was ignored when we were started stays so: that is what nohup, and a shell that
// runs something in the background, mean by it.
template <int Number>
guint watch_signal(Watch& watch) {
  struct sigaction action {};
  if (sigaction(Number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) return 0;
  return g_unix_signal_add(Number, on_signal<Number>, &watch);
}

gboolean on_tick(gpointer data) {
  static_cast<Watch*>(data)->tick();
  return G_SOURCE_CONTINUE;
}

gboolean on_end(gpointer data) {
  g_main_loop_quit(static_cast<GMainLoop*>(data));
  return G_SOURCE_REMOVE;
}

}  // namespace

void run_interruptibly(const std::function<void()>& work, const std::function<void()>& cancel,
                       const std::function<void()>& tick, int& signal) {
  Watch watch{cancel, tick, signal};
  const LoopPtr loop(g_main_loop_new(nullptr, FALSE));
  const Source interrupted(watch_signal<SIGINT>(watch));
  const Source terminated(watch_signal<SIGTERM>(watch));
  const Source hung_up(watch_signal<SIGHUP>(watch));
  const Source ticking(g_timeout_add(kTickMilliseconds, on_tick, &watch));
  std::exception_ptr failure;
  std::thread worker([&] {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    // The loop may not run yet: an idle source waits for it.
    g_idle_add(on_end, loop.get());
  });
  g_main_loop_run(loop.get());
  worker.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace airforce::cli
