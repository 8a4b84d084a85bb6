// SPDX-License-Identifier: LGPL-2.1-or-later
#include "raw_server.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

#include <sys/socket.h>

namespace airforce::test {
namespace {

std::size_t content_length(std::string_view head) {
  const GCharPtr lower(g_ascii_strdown(head.data(), static_cast<gssize>(head.size())));
  const std::string_view text(lower.get());
  constexpr std::string_view kName = "\r\ncontent-length:";
  const std::size_t at = text.find(kName);
  return at == std::string_view::npos ? 0
                                      : std::strtoull(text.data() + at + kName.size(), nullptr, 10);
}

}  // namespace

const std::string& RawConnection::read_request() {
  GInputStream* input = g_io_stream_get_input_stream(G_IO_STREAM(connection_.get()));
  request_.clear();
  std::size_t wanted = std::string::npos;
  while (request_.size() < wanted) {
    std::array<char, 4096> buffer;
    const gssize size =
        g_input_stream_read(input, buffer.data(), buffer.size(), cancellable_, nullptr);
    if (size <= 0) {
      request_.clear();
      break;
    }
    request_.append(buffer.data(), static_cast<std::size_t>(size));
    const std::size_t end = request_.find("\r\n\r\n");
    if (end != std::string::npos)
      wanted = end + 4 + content_length(std::string_view(request_).substr(0, end + 2));
  }
  return request_;
}

std::string RawConnection::path() const {
  const std::size_t first = request_.find(' ') + 1;
  return request_.substr(first, request_.find(' ', first) - first);
}

std::size_t RawConnection::range_first() const {
  constexpr std::string_view kRange = "Range: bytes=";
  const std::size_t range = request_.find(kRange);
  if (range == std::string::npos) return 0;
  return std::strtoull(request_.c_str() + range + kRange.size(), nullptr, 10);
}

bool RawConnection::write(std::string_view bytes) {
  GOutputStream* output = g_io_stream_get_output_stream(G_IO_STREAM(connection_.get()));
  return g_output_stream_write_all(output, bytes.data(), bytes.size(), nullptr, cancellable_,
                                   nullptr);
}

void RawConnection::wait_for_close() {
  GInputStream* input = g_io_stream_get_input_stream(G_IO_STREAM(connection_.get()));
  std::array<char, 4096> buffer;
  while (g_input_stream_read(input, buffer.data(), buffer.size(), cancellable_, nullptr) > 0)
    continue;
}

void RawConnection::reset() {
  const linger at_once{1, 0};
  setsockopt(g_socket_get_fd(g_socket_connection_get_socket(connection_.get())), SOL_SOCKET,
             SO_LINGER, &at_once, sizeof at_once);
}

void RawConnection::tunnel_to(int port) {
  const GObjectPtr<GSocketClient> client(g_socket_client_new());
  g_socket_client_set_enable_proxy(client.get(), FALSE);
  const GObjectPtr<GSocketConnection> other(g_socket_client_connect_to_host(
      client.get(), "127.0.0.1", static_cast<guint16>(port), cancellable_, nullptr));
  if (!other) return;
  // Each end that is reached ends the other direction too.
  const GObjectPtr<GCancellable> ended(g_cancellable_new());
  const gulong stopping = g_cancellable_connect(
      cancellable_,
      G_CALLBACK(+[](GCancellable*, GCancellable* end) { g_cancellable_cancel(end); }), ended.get(),
      nullptr);
  const auto carry = [&](GSocketConnection* from, GSocketConnection* to) {
    g_output_stream_splice(g_io_stream_get_output_stream(G_IO_STREAM(to)),
                           g_io_stream_get_input_stream(G_IO_STREAM(from)),
                           G_OUTPUT_STREAM_SPLICE_NONE, ended.get(), nullptr);
    g_cancellable_cancel(ended.get());
  };
  std::thread back(carry, other.get(), connection_.get());
  carry(connection_.get(), other.get());
  back.join();
  g_cancellable_disconnect(cancellable_, stopping);
}

RawServer::RawServer(Script script) : script_(std::move(script)) {
  const GObjectPtr<GSocketAddress> address(g_inet_socket_address_new_from_string("127.0.0.1", 0));
  GSocketAddress* effective = nullptr;
  GErrorSlot error;
  if (!g_socket_listener_add_address(listener_.get(), address.get(), G_SOCKET_TYPE_STREAM,
                                     G_SOCKET_PROTOCOL_TCP, nullptr, &effective, error)) {
    throw std::runtime_error(error->message);
  }
  const GObjectPtr<GSocketAddress> owned(effective);
  port_ = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(effective));
  acceptor_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  g_cancellable_cancel(stop_.get());
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
}

std::string RawServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

int RawServer::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(threads_.size());
}

void RawServer::accept_all() {
  for (int number = 0;; ++number) {
    GObjectPtr<GSocketConnection> accepted(
        g_socket_listener_accept(listener_.get(), nullptr, stop_.get(), nullptr));
    if (!accepted) return;
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([this, number, owned = std::move(accepted)]() mutable {
      RawConnection connection(std::move(owned), stop_.get());
      script_(connection, number);
    });
  }
}

}  // namespace airforce::test
