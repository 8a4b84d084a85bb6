// SPDX-License-Identifier: LGPL-2.1-or-later
// Over libsoup 3.2 or newer. Each call runs libsoup's asynchronous functions in a private main
// context of the calling thread (a message is served in the context that is the default of its
// thread when it is sent), so that one blocking thread can wait for an answer, a cancellation and a
// time at once, and a read that timed out is still pending for the next call.
#include "http/session.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <utility>

#include <libsoup/soup.h>

#include "http/blocking.h"
#include "http/proxy.h"
#include "http/soup_stream.h"
#include "http/url.h"

namespace airforce::http {
namespace {

// The parts one after the other, none of them copied.
GObjectPtr<GInputStream> stream_of(const RequestBody& body) {
  GObjectPtr<GInputStream> stream(g_memory_input_stream_new());
  for (const RequestBody::Part& part : body.parts()) {
    const GBytesPtr bytes(g_bytes_new_with_free_func(
        part->data(), part->size(),
        [](gpointer owner) { delete static_cast<RequestBody::Part*>(owner); },
        new RequestBody::Part(part)));
    g_memory_input_stream_add_bytes(G_MEMORY_INPUT_STREAM(stream.get()), bytes.get());
  }
  return stream;
}

// libsoup's defaults are 10 connections, 2 to a host: the third open event stream would wait for
// ever.
constexpr int kMaxConnections = 1024;
constexpr int kIdleSeconds = 60;

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
    std::array<char, 4096> buffer;
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

ByteStream::Outcome ByteStream::read(std::span<char> buffer, std::size_t& count, double seconds,
                                     GCancellable* cancellable) {
  std::span<const char> bytes;
  const Outcome outcome = next(buffer.size(), bytes, seconds, cancellable);
  std::copy(bytes.begin(), bytes.end(), buffer.begin());
  count = bytes.size();
  return outcome;
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
