// SPDX-License-Identifier: LGPL-2.1-or-later
// One request and its answer, whenever that comes and however it breaks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <libsoup/soup.h>

#include "glib_handles.h"
#include "server/byte_source.h"
#include "server/request_log.h"
#include "server/wire.h"
#include "service/fault.h"

namespace airforce::simulator {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// What is answered.
struct Response {
  int status = 200;
  std::string content_type = "application/json";
  Headers headers;
  std::string text;  ///< the body, unless there is a `source`
  std::shared_ptr<ByteSource> source;
  std::optional<int64_t> length;  ///< of `source`, announced; nullopt: chunked
  Pacer* pacer = nullptr;         ///< of `source`
};

/// What an answer carries as X-Request-ID.
std::string new_request_id();

class Exchange {
 public:
  using Ended = std::function<void(Exchange*)>;

  /// Takes over a request that libsoup has read. `on_end` is called once, when it has been answered
  /// or has failed, and must not let go of the exchange at once.
  Exchange(SoupServerMessage* message, RequestLog& log, Clock clock, Ended on_end);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  [[nodiscard]] std::string method() const { return record.method; }
  [[nodiscard]] std::string path() const { return record.path; }
  /// A header of the request; empty if it has none.
  [[nodiscard]] std::string header(const char* name) const;
  [[nodiscard]] bool has_header(const char* name) const;
  /// A field of the request's query.
  [[nodiscard]] std::optional<std::string> query(const char* name) const;
  [[nodiscard]] const std::string& body() const { return body_; }
  /// The URL that was asked for, with its query, from the path on.
  [[nodiscard]] const std::string& target() const { return target_; }

  /// Answers. Once; ignored when the client has left or the exchange was broken off.
  void answer(Response answer);
  /// Breaks it off without an answer, by RST or FIN. `before` is called just before the client can
  /// notice.
  void break_off(bool reset, const std::function<void()>& before = {});
  /// Calls it after a time of silence, unless the client leaves; infinite: never.
  void after_silence(double seconds, std::function<void()> call);

  /// Nothing is waited for any more; what is being sent is broken off.
  void abandon();

  [[nodiscard]] bool answered() const { return answered_; }

  /// Its line in the log; `note`, `task` and `step` are filled by who handles it.
  RequestRecord record;
  /// What goes wrong with it.
  std::optional<Fault> fault;

 private:
  void answer_by_soup(const Response& answer);
  void answer_by_hand(Response answer);
  [[nodiscard]] std::string head(const Response& answer) const;
  [[nodiscard]] bool needs_own_hand(const Response& answer) const;
  [[nodiscard]] Delivery delivery(const Response& answer) const;
  std::pair<Object<GIOStream>, Object<GSocket>> take_connection();
  void ended(const char* how, int64_t bytes);

  SoupServerMessage* message_;  // nullptr when it has gone, or the connection was taken
  std::vector<gulong> handlers_;
  RequestLog& log_;
  Clock clock_;
  std::string body_;
  std::string target_;
  Headers request_headers_;
  std::string raw_query_;
  bool http_1_0_ = false;
  bool answered_ = false;
  bool logged_ = false;
  LoopSource silence_;
  std::shared_ptr<Wire> wire_;
  Ended on_end_;
};

}  // namespace airforce::simulator
