// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/listener.h"

#include <stdexcept>

namespace airforce::simulator {
namespace {

// Larger than any request with images as base64 needs to be.
constexpr goffset kMaxBody = 64 << 20;

/// Refuses a body before it is read, unless it is known to be of bearable size.
void check_body_size(SoupServer*, SoupServerMessage* message, const char*, GHashTable*, gpointer) {
  SoupMessageHeaders* headers = soup_server_message_get_request_headers(message);
  const SoupEncoding encoding = soup_message_headers_get_encoding(headers);
  guint status = 0;
  if (encoding == SOUP_ENCODING_CHUNKED || encoding == SOUP_ENCODING_EOF) {
    status = SOUP_STATUS_LENGTH_REQUIRED;
  } else if (encoding == SOUP_ENCODING_CONTENT_LENGTH &&
             soup_message_headers_get_content_length(headers) > kMaxBody) {
    status = SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE;
  }
  if (status == 0) return;
  soup_message_body_set_accumulate(soup_server_message_get_request_body(message), FALSE);
  soup_server_message_set_status(message, status, nullptr);
}

}  // namespace

Listener::Listener(int port, RequestLog& log, Clock clock, Handler handler)
    : server_(soup_server_new("server-header", nullptr, nullptr)),
      log_(log),
      clock_(std::move(clock)),
      handler_(std::move(handler)),
      port_(port) {
  soup_server_add_early_handler(server_.get(), nullptr, check_body_size, nullptr, nullptr);
  soup_server_add_handler(
      server_.get(), nullptr,
      [](SoupServer*, SoupServerMessage* message, const char*, GHashTable*, gpointer data) {
        static_cast<Listener*>(data)->take(message);
      },
      this, nullptr);
  listen();
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
  if (!soup_server_listen(server_.get(), address.get(), static_cast<SoupServerListenOptions>(0),
                          &error)) {
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
