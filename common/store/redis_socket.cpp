// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/redis_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>

namespace airforce {
namespace {

constexpr unsigned kLookMilliseconds = 10;  // whether the wait is over

// What the callbacks of one attempt share; they run inside connect_to_redis().
struct Attempt {
  const TimedWait& wait;
  const GObjectPtr<GCancellable> stop{g_cancellable_new()};
  GObjectPtr<GSocketConnection> connection;
  GErrorSlot error;
  bool done = false;
};

void on_connected(GObject* client, GAsyncResult* result, gpointer data) {
  auto& attempt = *static_cast<Attempt*>(data);
  attempt.connection.reset(
      g_socket_client_connect_finish(G_SOCKET_CLIENT(client), result, attempt.error));
  attempt.done = true;
}

gboolean on_look(gpointer data) {
  auto& attempt = *static_cast<Attempt*>(data);
  if (attempt.wait.left() <= 0) g_cancellable_cancel(attempt.stop.get());
  return G_SOURCE_CONTINUE;
}

GObjectPtr<GSocketConnectable> connectable_for(const RedisAddress& address) {
  if (!address.socket.empty()) {
    return GObjectPtr<GSocketConnectable>(
        G_SOCKET_CONNECTABLE(g_unix_socket_address_new(address.socket.c_str())));
  }
  return GObjectPtr<GSocketConnectable>(
      g_network_address_new(address.host.c_str(), static_cast<guint16>(address.port)));
}

// The connection's descriptor as one of ours, as hiredis likes it.
UniqueFd take_fd(GSocketConnection* connection, bool tcp) {
  UniqueFd fd(
      fcntl(g_socket_get_fd(g_socket_connection_get_socket(connection)), F_DUPFD_CLOEXEC, 3));
  if (!fd) return fd;
  fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) & ~O_NONBLOCK);
  if (tcp) {
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  }
  return fd;
}

}  // namespace

RedisSocket connect_to_redis(const RedisAddress& address, const TimedWait& wait) {
  const GMainContextPtr context(g_main_context_new());
  g_main_context_push_thread_default(context.get());
  Attempt attempt{wait};
  {
    const GObjectPtr<GSocketClient> client(g_socket_client_new());
    g_socket_client_set_enable_proxy(client.get(), FALSE);
    const auto to = connectable_for(address);
    g_socket_client_connect_async(client.get(), to.get(), attempt.stop.get(), on_connected,
                                  &attempt);
    const std::unique_ptr<GSource, Deleter<g_source_unref>> look(
        g_timeout_source_new(kLookMilliseconds));
    g_source_set_callback(look.get(), on_look, &attempt, nullptr);
    g_source_attach(look.get(), context.get());
    while (!attempt.done) g_main_context_iteration(context.get(), TRUE);
    g_source_destroy(look.get());
    while (g_main_context_iteration(context.get(), FALSE)) {  // attempts that are given up
    }
  }
  g_main_context_pop_thread_default(context.get());

  RedisSocket made;
  if (attempt.connection != nullptr) {
    made.fd = take_fd(attempt.connection.get(), address.socket.empty());
    if (!made.fd) made.error = "no file descriptor is left";
    return made;
  }
  made.late = g_cancellable_is_cancelled(attempt.stop.get());
  made.error = attempt.error->message;
  return made;
}

}  // namespace airforce
