// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/listener.h"

#include <stdexcept>

namespace airforce::simulator {
namespace {

// Larger than any request with images as base64 needs to be.
constexpr goffset kMaxBody = 64 << 20;

// Of all requests that are being read at once.
constexpr goffset kMaxBodies = 256 << 20;
constexpr int kBacklog = 1024;
// How long a client that was refused may send what it had begun.
constexpr guint kDrainMilliseconds = 5000;

/// Answers before the body has arrived, and ends the connection: libsoup reads all of a body first,
/// however long it is. What still comes is thrown away, so that the client sees the answer.
void refuse_early(SoupServerMessage* message, guint status) {
  soup_message_body_set_accumulate(soup_server_message_get_request_body(message), FALSE);
  soup_server_message_set_status(message, status, nullptr);
  GSocket* socket = soup_server_message_get_socket(message);
  if (!socket) return;
  const std::string answer = "HTTP/1.1 " + std::to_string(status) + " " +
                             soup_status_get_phrase(status) +
                             "\r\nX-Request-ID: " + new_request_id() +
                             "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  g_socket_send(socket, answer.data(), answer.size(), nullptr, nullptr);
  g_socket_shutdown(socket, FALSE, TRUE, nullptr);
  const std::shared_ptr<GSocket> kept(add_reference(socket).release(), g_object_unref);
  call_after_milliseconds(kDrainMilliseconds,
                          [kept] { g_socket_shutdown(kept.get(), TRUE, TRUE, nullptr); });
}

}  // namespace

Listener::Listener(int port, double client_timeout, RequestLog& log, Clock clock, Handler handler)
    : server_(soup_server_new("server-header", nullptr, nullptr)),
      log_(log),
      clock_(std::move(clock)),
      handler_(std::move(handler)),
      port_(port),
      client_timeout_(client_timeout) {
  g_signal_connect(server_.get(), "request-started",
                   G_CALLBACK(+[](SoupServer*, SoupServerMessage* message, gpointer data) {
                     static_cast<Listener*>(data)->watch(message);
                   }),
                   this);
  soup_server_add_early_handler(
      server_.get(), nullptr,
      [](SoupServer*, SoupServerMessage* message, const char*, GHashTable*, gpointer data) {
        static_cast<Listener*>(data)->check_body_size(message);
      },
      this, nullptr);
  soup_server_add_handler(
      server_.get(), nullptr,
      [](SoupServer*, SoupServerMessage* message, const char*, GHashTable*, gpointer data) {
        static_cast<Listener*>(data)->take(message);
      },
      this, nullptr);
  listen();
}

/// Closes the connection unless a whole request has arrived in time.
void Listener::watch(SoupServerMessage* message) {
  GSocket* socket = soup_server_message_get_socket(message);
  if (!socket) return;
  const std::shared_ptr<GSocket> kept(add_reference(socket).release(), g_object_unref);
  auto timer = std::make_unique<LoopSource>(
      after_milliseconds(static_cast<guint>(client_timeout_ * 1000),
                         [kept] { g_socket_shutdown(kept.get(), TRUE, TRUE, nullptr); }));
  const auto stop = +[](SoupServerMessage* read, gpointer) {
    g_object_set_data(G_OBJECT(read), "client-timer", nullptr);
  };
  g_object_set_data_full(G_OBJECT(message), "client-timer", timer.release(),
                         [](gpointer data) { delete static_cast<LoopSource*>(data); });
  for (const char* signal : {"got-body", "finished", "disconnected"})
    g_signal_connect(message, signal, G_CALLBACK(stop), nullptr);
}

/// Refuses a body before it is read, unless it is known to be of bearable size.
void Listener::check_body_size(SoupServerMessage* message) {
  SoupMessageHeaders* headers = soup_server_message_get_request_headers(message);
  const SoupEncoding encoding = soup_message_headers_get_encoding(headers);
  if (encoding == SOUP_ENCODING_CHUNKED || encoding == SOUP_ENCODING_EOF)
    return refuse_early(message, SOUP_STATUS_LENGTH_REQUIRED);
  if (encoding != SOUP_ENCODING_CONTENT_LENGTH) return;
  const goffset length = soup_message_headers_get_content_length(headers);
  if (length > kMaxBody) return refuse_early(message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE);
  if (*announced_ + length > kMaxBodies)
    return refuse_early(message, SOUP_STATUS_SERVICE_UNAVAILABLE);
  *announced_ += length;
  // Given back when the message goes, with its body.
  g_object_set_data_full(G_OBJECT(message), "announced",
                         new std::function<void()>([sum = announced_, length] { *sum -= length; }),
                         [](gpointer data) {
                           const std::unique_ptr<std::function<void()>> give_back(
                               static_cast<std::function<void()>*>(data));
                           (*give_back)();
                         });
}

void Listener::take(SoupServerMessage* message) {
  const auto exchange = std::make_shared<Exchange>(
      message, log_, clock_, [open = std::weak_ptr(open_)](Exchange* ended) {
        // Later, for it may be in the middle of something.
        call_in_main_loop([open, ended] {
          if (const auto exchanges = open.lock())
            std::erase_if(*exchanges, [ended](const auto& one) { return one.get() == ended; });
        });
      });
  open_->insert(exchange);
  handler_(*this, exchange);
}

void Listener::drop_connections() {
  for (const auto& exchange : *open_) exchange->abandon();
  soup_server_disconnect(server_.get());
}

Listener::~Listener() {
  drop_connections();
}

void Listener::listen() {
  const Object<GSocketAddress> address(
      g_inet_socket_address_new_from_string("127.0.0.1", static_cast<guint>(port_)));
  GError* error = nullptr;
  const Object<GSocket> socket(
      g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error));
  // With the usual ten, connections of many clients at once would be made seconds later.
  if (socket) g_socket_set_listen_backlog(socket.get(), kBacklog);
  if (!socket || !g_socket_bind(socket.get(), address.get(), TRUE, &error) ||
      !g_socket_listen(socket.get(), &error) ||
      !soup_server_listen_socket(server_.get(), socket.get(),
                                 static_cast<SoupServerListenOptions>(0), &error)) {
    const ErrorPtr owned(error);
    throw std::runtime_error("cannot listen on 127.0.0.1:" + std::to_string(port_) + ": " +
                             error->message);
  }
  GSList* uris = soup_server_get_uris(server_.get());
  port_ = g_uri_get_port(static_cast<GUri*>(uris->data));
  g_slist_free_full(uris, reinterpret_cast<GDestroyNotify>(g_uri_unref));
}

std::string Listener::origin() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

void Listener::refuse(double seconds) {
  drop_connections();
  reopening_ = after_milliseconds(static_cast<guint>(seconds * 1000), [this] {
    reopening_.clear();
    try {
      listen();
    } catch (const std::exception& error) {
      log_.say(error.what());
      reopening_ = after_milliseconds(50, [this] { refuse(0.05); });
    }
  });
}

}  // namespace airforce::simulator
