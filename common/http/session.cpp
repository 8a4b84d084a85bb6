// SPDX-License-Identifier: LGPL-2.1-or-later
// Over libsoup 3.2 or newer. Each call runs libsoup's asynchronous functions in a private main
// context of the calling thread (a message is served in the context that is the default of its
// thread when it is sent), so that one blocking thread can wait for an answer, a cancellation and a
// time at once, and a read that timed out is still pending for the next call.
#include "http/session.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include <libsoup/soup.h>

#include "http/blocking.h"
#include "http/proxy.h"
#include "http/url.h"
#include "values/text.h"

namespace airforce::http {
namespace {

// The parts one after the other, none of them copied.
GObjectPtr<GInputStream> stream_of(const Body& body) {
  GObjectPtr<GInputStream> stream(g_memory_input_stream_new());
  for (const Body::Part& part : body.parts()) {
    const GBytesPtr bytes(g_bytes_new_with_free_func(
        part->data(), part->size(), [](gpointer owner) { delete static_cast<Body::Part*>(owner); },
        new Body::Part(part)));
    g_memory_input_stream_add_bytes(G_MEMORY_INPUT_STREAM(stream.get()), bytes.get());
  }
  return stream;
}

// libsoup's defaults are 10 connections, 2 to a host: the third open event stream would wait for
// ever.
constexpr int kMaxConnections = 1024;
constexpr int kIdleSeconds = 60;
constexpr std::size_t kReadSize = 256 * 1024;

std::string host_of(const std::string& url) {
  const std::string origin = origin_of(url);
  return origin.empty() ? std::string("the server") : origin;
}

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

class SoupStream final : public ByteStream {
 public:
  SoupStream(std::string url, GObjectPtr<SoupMessage> message)
      : url_(std::move(url)), message_(std::move(message)) {}

  ~SoupStream() override {
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

  const ResponseHeaders& head() const override { return head_; }

  // Of the body, by its head; 0 where that does not say.
  std::uint64_t announced_size() const {
    SoupMessageHeaders* headers = soup_message_get_response_headers(message_.get());
    if (soup_message_headers_get_encoding(headers) != SOUP_ENCODING_CONTENT_LENGTH) return 0;
    return static_cast<std::uint64_t>(soup_message_headers_get_content_length(headers));
  }

  void send(SoupSession* session, const Request& request, gint64 end, GCancellable* cancellable) {
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
    soup_session_send_async(session, message_.get(), G_PRIORITY_DEFAULT, abort_.get(),
                            Pending::done, &sending_);
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

  Outcome read(std::span<char> buffer, std::size_t& count, double seconds,
               GCancellable* cancellable) override {
    count = 0;
    if (buffer.empty()) return Outcome::Bytes;
    if (taken_ == filled_) {
      if (ended_) return Outcome::End;
      if (!fill(buffer.size(), seconds, cancellable)) return Outcome::Silent;
      if (ended_) return Outcome::End;
    }
    count = std::min(buffer.size(), filled_ - taken_);
    std::memcpy(buffer.data(), chunk_.data() + taken_, count);
    taken_ += count;
    return Outcome::Bytes;
  }

 private:
  static void touch(SoupStream* self) { self->last_life_ = g_get_monotonic_time(); }

  // libsoup sends again what an idle connection did not take, as that was closing. It may take
  // another idle one for it at once, and then hears of the first failure when the second try is
  // under way: it ends the message, and continues it when it is freed (3.2.3 aborted by
  // "item->context == soup_thread_default_context ()"). A new connection takes until after that.
  static void restart_afresh(SoupStream* self) {
    soup_message_add_flags(self->message_.get(), SOUP_MESSAGE_NEW_CONNECTION);
  }

  // Before a connection is made: whether its address is one that this request may go to. Behind a
  // proxy nobody knows.
  static void check_connecting(SoupMessage*, GSocketClientEvent event, GIOStream* stream,
                               SoupStream* self) {
    if (event != G_SOCKET_CLIENT_CONNECTING || !G_IS_SOCKET_CONNECTION(stream)) return;
    const GObjectPtr<GSocketAddress> address(
        g_socket_connection_get_remote_address(G_SOCKET_CONNECTION(stream), nullptr));
    self->check(address.get());
  }

  // Before the request is written, to a connection that may have been there already.
  static void check_connected(SoupStream* self) {
    self->check(soup_message_get_remote_address(self->message_.get()));
    self->announce();
  }

  // No exception may leave a callback of libsoup.
  void announce() {
    if (!about_to_send_ || g_cancellable_is_cancelled(abort_.get())) return;
    try {
      about_to_send_();
    } catch (...) {
      objection_ = std::current_exception();
      g_cancellable_cancel(abort_.get());
    }
    touch(this);
  }

  static std::optional<Place> place_of_peer(GSocketAddress* address) {
    if (address == nullptr || !G_IS_INET_SOCKET_ADDRESS(address) || G_IS_PROXY_ADDRESS(address))
      return std::nullopt;
    return place_of(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)));
  }

  void check(GSocketAddress* address) {
    const std::optional<Place> place = place_of_peer(address);
    if (!place || allows(allowed_places_, *place)) return;
    forbidden_ = place;
    g_cancellable_cancel(abort_.get());
  }

  TransportError forbidden() const {
    return {TransportError::Kind::Forbidden,
            host_of(url_) + " is on " + name_of(*forbidden_) + ", where this URL may not lead",
            false};
  }

  // Gives the request up; true if it was answered after all. What has arrived is taken first:
  // libsoup frees a message twice when it is cancelled between its headers and its callback.
  bool end_sending(const ThreadContext& context) {
    while (delivered_ && sending_.running && g_main_context_iteration(context.get(), FALSE))
      continue;
    if (!sending_.running) return true;
    g_cancellable_cancel(abort_.get());
    while (sending_.running) g_main_context_iteration(context.get(), TRUE);
    return false;
  }

  void read_head(bool decoded) {
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

  // Nothing compressed was asked for. What libsoup does not decode would be taken for the answer.
  void check_coding() const {
    const std::string coding = head_.header("content-encoding");
    for (const char* known : {"", "identity", "gzip", "x-gzip", "deflate", "br"}) {
      if (g_ascii_strcasecmp(coding.c_str(), known) == 0) return;
    }
    throw TransportError(TransportError::Kind::Unreadable,
                         "the answer of " + host_of(url_) + " is compressed in an unknown way ('" +
                             display_text(coding, 20) + "')");
  }

  // False: nothing arrived in time, and the read stays pending.
  bool fill(std::size_t wanted, double seconds, GCancellable* cancellable) {
    const ThreadContext context;
    if (cancellable != nullptr && g_cancellable_is_cancelled(cancellable)) throw cancelled();
    if (!reading_.running && !reading_.result) {
      // An event stream stays open for minutes, for the sake of some hundred bytes.
      chunk_.resize(std::min(wanted, kReadSize));
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
    if (size < 0) throw lost(url_, error->message);
    taken_ = 0;
    filled_ = static_cast<std::size_t>(size);
    ended_ = size == 0;
    return true;
  }

  const std::string url_;
  GObjectPtr<SoupMessage> message_;
  GObjectPtr<GCancellable> abort_{g_cancellable_new()};
  GObjectPtr<GInputStream> body_;
  ResponseHeaders head_;
  Pending sending_;
  Pending reading_;
  bool delivered_ = false;
  unsigned allowed_places_ = kAnyPlace;
  std::optional<Place> forbidden_;  // where the request would have gone
  std::function<void()> about_to_send_;
  std::exception_ptr objection_;  // of about_to_send_
  gint64 last_life_ = 0;
  std::vector<char> chunk_;
  std::size_t taken_ = 0;
  std::size_t filled_ = 0;
  bool ended_ = false;
};

// The calling thread's sessions, by user agent and whether they go without a proxy.
class ThreadSessions {
 public:
  ThreadSessions() = default;
  ThreadSessions(const ThreadSessions&) = delete;
  ThreadSessions& operator=(const ThreadSessions&) = delete;
  // What was given up may still be in a session's queue, and must end in the context that it began
  // in: libsoup asserts it.
  ~ThreadSessions() {
    const ThreadContext context;
    for (const auto& [key, session] : sessions_) soup_session_abort(session.get());
    while (g_main_context_iteration(context.get(), FALSE)) continue;
    sessions_.clear();
    while (g_main_context_iteration(context.get(), FALSE)) continue;
  }
  using Key = std::pair<std::string, bool>;
  GObjectPtr<SoupSession>& operator[](const Key& key) { return sessions_[key]; }

 private:
  std::map<Key, GObjectPtr<SoupSession>> sessions_;
};

class SoupHttp final : public Session {
 public:
  explicit SoupHttp(std::string user_agent) : user_agent_(std::move(user_agent)) {}

  std::unique_ptr<ByteStream> open(const Request& request, GCancellable* cancellable) override {
    return start(request, end_of(request), cancellable);
  }

  Response send(const Request& request, GCancellable* cancellable) override {
    const gint64 end = end_of(request);
    const auto stream = start(request, end, cancellable);
    const auto too_large = [&request] {
      return TransportError(TransportError::Kind::TooLarge,
                            "the answer of " + host_of(request.url) + " is larger than " +
                                std::to_string(request.largest_body) + " bytes");
    };
    const std::uint64_t announced = stream->announced_size();
    if (announced > request.largest_body) throw too_large();
    Response answer{stream->head(), {}};
    answer.body.reserve(announced);
    std::array<char, 16 * 1024> buffer;
    for (;;) {
      std::size_t count = 0;
      const double left = static_cast<double>(end - g_get_monotonic_time()) / 1e6;
      const auto outcome =
          stream->read(buffer, count, std::clamp(left, 0.0, request.timeout_seconds), cancellable);
      if (outcome == ByteStream::Outcome::End) return answer;
      if (outcome == ByteStream::Outcome::Silent || left <= 0)
        throw TransportError(TransportError::Kind::TimedOut,
                             host_of(request.url) + (left <= request.timeout_seconds
                                                         ? " did not finish its answer in time"
                                                         : " stopped in the middle of its answer"));
      if (answer.body.size() + count > request.largest_body) throw too_large();
      answer.body.append(buffer.data(), count);
    }
  }

 private:
  // g_get_monotonic_time() by which all of it has to be here.
  static gint64 end_of(const Request& request) {
    constexpr double kMaxSeconds = 1e9;
    return g_get_monotonic_time() +
           static_cast<gint64>(std::clamp(request.total_seconds, 0.0, kMaxSeconds) * 1e6);
  }

  std::unique_ptr<SoupStream> start(const Request& request, gint64 end, GCancellable* cancellable) {
    const GUriPtr uri = parse_url(request.url);
    GObjectPtr<SoupMessage> message(
        uri ? soup_message_new_from_uri(request.method.c_str(), uri.get()) : nullptr);
    if (!message)
      throw TransportError(TransportError::Kind::Unreachable,
                           "not a valid URL: " + redacted(request.url), false);
    unsigned flags = SOUP_MESSAGE_NO_REDIRECT;
    // An idle connection may be closed by the server while it is used, and then it is
    // unknown whether a POST was delivered.
    if (request.method == "POST") flags |= SOUP_MESSAGE_NEW_CONNECTION;
    soup_message_set_flags(message.get(), static_cast<SoupMessageFlags>(flags));
    if (!request.decode) soup_message_disable_feature(message.get(), SOUP_TYPE_CONTENT_DECODER);
    SoupMessageHeaders* headers = soup_message_get_request_headers(message.get());
    soup_message_headers_replace(headers, "Accept-Encoding", "identity");
    for (const auto& [name, value] : request.headers)
      soup_message_headers_replace(headers, name.c_str(), value.c_str());
    if (!request.content_type.empty()) {
      const auto body = stream_of(request.body);
      soup_message_set_request_body(message.get(), request.content_type.c_str(), body.get(),
                                    static_cast<gssize>(request.body.size()));
    }
    auto stream = std::make_unique<SoupStream>(request.url, std::move(message));
    const bool is_here = place_of_url(request.url) == Place::Loopback;
    stream->send(session_of_this_thread(is_here), request, end, cancellable);
    return stream;
  }

  // Each thread has sessions of its own, until it ends: libsoup lets threads share one, but then
  // each walks the queue of all. What is on this machine has one without a proxy, which would get
  // to see the key.
  SoupSession* session_of_this_thread(bool without_proxy) const {
    const ThreadContext context;  // made before the sessions, and gone after them
    thread_local ThreadSessions sessions;
    GObjectPtr<SoupSession>& session = sessions[{user_agent_, without_proxy}];
    if (!session) {
      session.reset(soup_session_new_with_options(
          "user-agent", user_agent_.c_str(), "max-conns", kMaxConnections, "max-conns-per-host",
          kMaxConnections, "timeout", 0, "idle-timeout", kIdleSeconds, nullptr));
      if (without_proxy) {
        soup_session_set_proxy_resolver(session.get(), nullptr);
      } else if (const auto resolver = make_proxy_resolver(proxy_environment())) {
        soup_session_set_proxy_resolver(session.get(), resolver.get());
      }
    }
    return session.get();
  }

  const std::string user_agent_;
};

}  // namespace

std::string ResponseHeaders::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key.size() == name.size() && g_ascii_strncasecmp(key.data(), name.data(), name.size()) == 0)
      return value;
  }
  return {};
}

std::unique_ptr<Session> make_session(const std::string& user_agent) {
  return std::make_unique<SoupHttp>(user_agent);
}

Session& shared_session() {
  // Lives as long as the process: threads of other owners may still be in it when static objects
  // are destroyed.
  static Session* const session = make_session("airforce-video/" AIRFORCE_VERSION).release();
  return *session;
}

}  // namespace airforce::http
