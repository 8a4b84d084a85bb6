// SPDX-License-Identifier: LGPL-2.1-or-later
// HTTP without policy: one request, one answer or one byte stream. Blocking, cancellable, bounded;
// over libsoup.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gio/gio.h>

#include "http/place.h"
#include "values/glib_ptr.h"
#include "values/request_body.h"

namespace airforce::http {

// No answer, or not a whole one.
struct TransportError : std::exception {
  // Unreachable: name, connect or TLS failed. Lost: the connection broke. TimedOut: silence for too
  // long, or no end in time. Unreadable: compressed in an unknown way. Forbidden: its address is
  // none of Request::allowed_places.
  enum class Kind { Unreachable, Lost, TimedOut, TooLarge, Unreadable, Forbidden, Cancelled };
  Kind kind;
  std::string message;  // one line, names the host, without secrets
  bool delivered;       // false: the server has certainly not seen the request
  TransportError(Kind error_kind, std::string error_message, bool was_delivered = true)
      : kind(error_kind), message(std::move(error_message)), delivered(was_delivered) {}
  const char* what() const noexcept override { return message.c_str(); }
};

struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;  // with a body
  RequestBody body;
  double timeout_seconds = 30;  // of a connect, and of any silence before and within the answer
  // Of everything, however it drips: lookup, connect, interim answers and the head; for send(), the
  // body as well.
  double total_seconds = 120;
  std::size_t largest_body = 16u << 20;  // send(): a longer answer is TooLarge
  // Nothing compressed is ever asked for ("Accept-Encoding: identity"). What comes compressed all
  // the same is decoded; false: given as it is.
  bool decode = true;
  // Where the server may be, by the address that is connected to; not checked behind a proxy.
  unsigned allowed_places = kAnyPlace;
  // Called when the connection is ready, as the last thing before the head is written. What it
  // throws leaves send() and open(), and nothing is written. Called again where a request that was
  // not taken is sent again.
  std::function<void()> about_to_send;
};

struct ResponseHeaders {
  int status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<Place> place;  // where the server is; unset behind a proxy
  // The first header of this name, case-insensitively; "" if there is none.
  std::string header(std::string_view name) const;
};

struct Response : ResponseHeaders {
  std::string body;
};

// An answer whose body is read piece by piece. Used by the thread that opened it, and closed by its
// destructor.
class ByteStream {
 public:
  enum class Outcome { Bytes, End, Silent };
  virtual ~ByteStream() = default;
  const ResponseHeaders& head() const { return head_; }
  // Whoever opened it may hide in it what nobody else is to see.
  ResponseHeaders& head() { return head_; }
  // Waits at most `seconds` for some bytes, at most `most`, which stay valid until the next call.
  // Silent loses nothing: the next call continues to wait for the same bytes. Throws
  // TransportError{Lost, Cancelled}.
  virtual Outcome next(std::size_t most, std::span<const char>& bytes, double seconds,
                       GCancellable* cancellable) = 0;
  // The same, copied to the front of `buffer`.
  Outcome read(std::span<char> buffer, std::size_t& count, double seconds,
               GCancellable* cancellable);

 protected:
  ResponseHeaders head_;
};

// Connections, TLS, proxies (http/proxy.h). One serves all threads. Never follows a
// redirect, never stores a cookie.
class Session {
 public:
  virtual ~Session() = default;
  // Throws TransportError.
  virtual Response send(const Request& request, GCancellable* cancellable) = 0;
  // Returns when the headers have arrived.
  virtual std::unique_ptr<ByteStream> open(const Request& request, GCancellable* cancellable) = 0;
};

std::unique_ptr<Session> make_session(const std::string& user_agent);

// The process's own one.
Session& shared_session();

}  // namespace airforce::http
