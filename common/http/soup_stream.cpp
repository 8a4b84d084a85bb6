// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http/soup_stream.h"

#include <algorithm>
#include <utility>

#include "http/url.h"
#include "values/text.h"

namespace airforce::http {
namespace {

constexpr std::size_t kReadSize = 256 * 1024;

// Why the server's certificate was refused, for a person; nullptr if it wasn't.
const char* distrust_of(SoupMessage* message) {
  const GTlsCertificateFlags faults = soup_message_get_tls_peer_certificate_errors(message);
  if ((faults & G_TLS_CERTIFICATE_UNKNOWN_CA) != 0)
    return "its certificate is of an unknown authority";
  if ((faults & G_TLS_CERTIFICATE_BAD_IDENTITY) != 0) return "its certificate is for another host";
  if ((faults & G_TLS_CERTIFICATE_EXPIRED) != 0) return "its certificate has expired";
  if ((faults & G_TLS_CERTIFICATE_NOT_ACTIVATED) != 0) return "its certificate is not valid yet";
  return faults != 0 ? "its certificate can't be trusted" : nullptr;
}

TransportError not_reached(const std::string& url, SoupMessage* message, const GErrorSlot& error) {
  const char* distrust = distrust_of(message);
  return {TransportError::Kind::Unreachable,
          "cannot reach " + host_of(url) + " (" +
              (distrust != nullptr ? distrust : error->message) + ")",
          false};
}

TransportError lost(const std::string& url, const char* why) {
  return {TransportError::Kind::Lost,
          "the connection to " + host_of(url) + " was lost (" + why + ")"};
}

TransportError cancelled(bool delivered = true) {
  return {TransportError::Kind::Cancelled, "cancelled", delivered};
}

}  // namespace

std::string host_of(const std::string& url) {
  const std::string origin = origin_of(url);
  return origin.empty() ? std::string("the server") : origin;
}

SoupStream::~SoupStream() {
  const ThreadContext context;
  g_cancellable_cancel(abort_.get());
  while (sending_.running || reading_.running) g_main_context_iteration(context.get(), TRUE);
  reading_.result.reset();
  sending_.result.reset();
  body_.reset();
  message_.reset();
  // Connections are closed in idle callbacks of this context.
  while (g_main_context_iteration(context.get(), FALSE)) continue;
}

std::uint64_t SoupStream::announced_size() const {
  SoupMessageHeaders* headers = soup_message_get_response_headers(message_.get());
  if (soup_message_headers_get_encoding(headers) != SOUP_ENCODING_CONTENT_LENGTH) return 0;
  return static_cast<std::uint64_t>(soup_message_headers_get_content_length(headers));
}

void SoupStream::send(SoupSession* session, const Request& request, gint64 end,
                      GCancellable* cancellable) {
  if (cancellable != nullptr && g_cancellable_is_cancelled(cancellable)) throw cancelled(false);
  const ThreadContext context;
  const gint64 start = g_get_monotonic_time();
  allowed_places_ = request.allowed_places;
  about_to_send_ = request.about_to_send;
  touch(this);
  for (const char* signal :
       {"network-event", "wrote-headers", "wrote-body-data", "got-informational"})
    g_signal_connect_swapped(message_.get(), signal, G_CALLBACK(touch), this);
  g_signal_connect_swapped(message_.get(), "wrote-headers",
                           G_CALLBACK(+[](SoupStream* self) { self->delivered_ = true; }), this);
  g_signal_connect_swapped(message_.get(), "restarted", G_CALLBACK(restart_afresh), this);
  g_signal_connect(message_.get(), "network-event", G_CALLBACK(check_connecting), this);
  g_signal_connect_swapped(message_.get(), "starting", G_CALLBACK(check_connected), this);
  sending_.running = true;
  soup_session_send_async(session, message_.get(), G_PRIORITY_DEFAULT, abort_.get(), Pending::done,
                          &sending_);
  Waited waited =
      wait_for(sending_, context, last_life_, {request.timeout_seconds, end}, cancellable);
  // The headers may have arrived in the last moment.
  if (waited != Waited::Done && end_sending(context) && waited == Waited::TimedOut)
    waited = Waited::Done;
  GErrorSlot error;
  body_.reset(soup_session_send_finish(session, sending_.result.get(), error));
  sending_.result.reset();
  g_signal_handlers_disconnect_by_data(message_.get(), this);
  if (objection_) std::rethrow_exception(objection_);
  if (waited == Waited::Cancelled) throw cancelled(delivered_);
  if (forbidden_) throw forbidden();
  if (waited == Waited::TimedOut) {
    const gint64 waited_seconds = (g_get_monotonic_time() - start + 999'999) / 1'000'000;
    throw TransportError(TransportError::Kind::TimedOut,
                         host_of(url_) +
                             (delivered_ ? " did not answer" : " could not be reached") +
                             " within " + std::to_string(waited_seconds) + " s",
                         delivered_);
  }
  if (error)
    throw delivered_ ? lost(url_, error->message) : not_reached(url_, message_.get(), error);
  read_head(request.decode);
}

ByteStream::Outcome SoupStream::next(std::size_t most, std::span<const char>& bytes, double seconds,
                                     GCancellable* cancellable) {
  bytes = {};
  if (most == 0) return Outcome::Bytes;
  if (taken_ == filled_) {
    if (ended_) return Outcome::End;
    if (!fill(most, seconds, cancellable)) return Outcome::Silent;
    if (ended_) return Outcome::End;
  }
  bytes = std::span<const char>(chunk_).subspan(taken_, std::min(most, filled_ - taken_));
  taken_ += bytes.size();
  return Outcome::Bytes;
}

void SoupStream::restart_afresh(SoupStream* self) {
  soup_message_add_flags(self->message_.get(), SOUP_MESSAGE_NEW_CONNECTION);
}

void SoupStream::check_connecting(SoupMessage*, GSocketClientEvent event, GIOStream* stream,
                                  SoupStream* self) {
  if (event != G_SOCKET_CLIENT_CONNECTING || !G_IS_SOCKET_CONNECTION(stream)) return;
  const GObjectPtr<GSocketAddress> address(
      g_socket_connection_get_remote_address(G_SOCKET_CONNECTION(stream), nullptr));
  self->check(address.get());
}

void SoupStream::check_connected(SoupStream* self) {
  self->check(soup_message_get_remote_address(self->message_.get()));
  self->announce();
}

void SoupStream::announce() {
  if (!about_to_send_ || g_cancellable_is_cancelled(abort_.get())) return;
  try {
    about_to_send_();
  } catch (...) {
    objection_ = std::current_exception();
    g_cancellable_cancel(abort_.get());
  }
  touch(this);
}

std::optional<Place> SoupStream::place_of_peer(GSocketAddress* address) {
  if (address == nullptr || !G_IS_INET_SOCKET_ADDRESS(address) || G_IS_PROXY_ADDRESS(address))
    return std::nullopt;
  return place_of(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)));
}

void SoupStream::check(GSocketAddress* address) {
  const std::optional<Place> place = place_of_peer(address);
  if (!place || allows(allowed_places_, *place)) return;
  forbidden_ = place;
  g_cancellable_cancel(abort_.get());
}

TransportError SoupStream::forbidden() const {
  return {TransportError::Kind::Forbidden,
          host_of(url_) + " is on " + name_of(*forbidden_) + ", where this URL may not lead",
          false};
}

bool SoupStream::end_sending(const ThreadContext& context) {
  while (delivered_ && sending_.running && g_main_context_iteration(context.get(), FALSE)) continue;
  if (!sending_.running) return true;
  g_cancellable_cancel(abort_.get());
  while (sending_.running) g_main_context_iteration(context.get(), TRUE);
  return false;
}

void SoupStream::read_head(bool decoded) {
  head_.place = place_of_peer(soup_message_get_remote_address(message_.get()));
  head_.status = static_cast<int>(soup_message_get_status(message_.get()));
  const char* reason = soup_message_get_reason_phrase(message_.get());
  head_.reason = reason != nullptr ? reason : "";
  SoupMessageHeadersIter each;
  soup_message_headers_iter_init(&each, soup_message_get_response_headers(message_.get()));
  const char* name = nullptr;
  const char* value = nullptr;
  while (soup_message_headers_iter_next(&each, &name, &value))
    head_.headers.emplace_back(name, value);
  if (decoded) check_coding();
}

void SoupStream::check_coding() const {
  const std::string coding = head_.header("content-encoding");
  for (const char* known : {"", "identity", "gzip", "x-gzip", "deflate", "br"}) {
    if (g_ascii_strcasecmp(coding.c_str(), known) == 0) return;
  }
  throw TransportError(TransportError::Kind::Unreadable, "the answer of " + host_of(url_) +
                                                             " is compressed in an unknown way ('" +
                                                             display_text(coding, 20) + "')");
}

// Asynchronously it would take some turns of the context.
bool SoupStream::fill_at_once() {
  if (!G_IS_POLLABLE_INPUT_STREAM(body_.get())) return false;
  auto* pollable = G_POLLABLE_INPUT_STREAM(body_.get());
  if (!g_pollable_input_stream_can_poll(pollable)) return false;
  GErrorSlot error;
  const gssize size = g_pollable_input_stream_read_nonblocking(pollable, chunk_.data(),
                                                               chunk_.size(), nullptr, error);
  if (size < 0 && error.matches(G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) return false;
  take(size, error);
  return true;
}

// A failure is reported once: a second read would find the end.
void SoupStream::take(gssize size, const GErrorSlot& error) {
  if (size < 0) throw lost(url_, error->message);
  taken_ = 0;
  filled_ = static_cast<std::size_t>(size);
  ended_ = size == 0;
}

bool SoupStream::fill(std::size_t wanted, double seconds, GCancellable* cancellable) {
  const ThreadContext context;
  if (cancellable != nullptr && g_cancellable_is_cancelled(cancellable)) throw cancelled();
  if (!reading_.running && !reading_.result) {
    // An event stream stays open for minutes, for the sake of some hundred bytes.
    chunk_.resize(std::min(wanted, kReadSize));
    if (fill_at_once()) return true;
    reading_.running = true;
    g_input_stream_read_async(body_.get(), chunk_.data(), chunk_.size(), G_PRIORITY_DEFAULT,
                              abort_.get(), Pending::done, &reading_);
  }
  touch(this);
  switch (wait_for(reading_, context, last_life_, {seconds, G_MAXINT64}, cancellable)) {
    case Waited::Cancelled: throw cancelled();
    case Waited::TimedOut: return false;
    case Waited::Done: break;
  }
  GErrorSlot error;
  const gssize size = g_input_stream_read_finish(body_.get(), reading_.result.get(), error);
  reading_.result.reset();
  take(size, error);
  return true;
}

}  // namespace airforce::http
