// SPDX-License-Identifier: LGPL-2.1-or-later
// One function per endpoint. No retries, no policy; every failure is an Error with its step, status
// and the API's own words.
#pragma once

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/task_stream.h"
#include "http/session.h"
#include "values/clock.h"
#include "values/error.h"
#include "values/task.h"

namespace airforce::api {

// A part of a clip as the CDN answered it.
struct Range {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> last;  // inclusive; unset: to the end
};

// How long to wait at most, in seconds: silences, but for the last.
struct Timeouts {
  using Seconds = std::chrono::duration<double>;
  Seconds request{30};
  // The service answers a create once it has debited; giving up early would leave a purchase in
  // doubt.
  Seconds create{60};
  // Not a silence, but all of a request and its answer, however it drips; of a clip and of an event
  // stream, until its headers arrive.
  Seconds whole{120};
};

// Holds the key, or "" for what needs none. Thread-safe. Sends the key to the base URL's origin
// only.
class Client {
 public:
  // `base_url` as from http::checked_base_url.
  Client(http::Session& session, std::string base_url, std::string key,
         const Clock& clock = system_clock(), const Timeouts& timeouts = {});

  const std::string& base_url() const { return base_url_; }
  // Clock::elapsed() by which every answer has to be here, a create's as well; not of fetch() and
  // remove(). Infinity, as at first: no such time.
  void set_deadline(double elapsed) { deadline_ = elapsed; }

  // POST /v1/video/generations with this JSON. Error::delivered says whether the service may have
  // seen it. With an http_status of 2xx, the answer could not be understood, or held an error: the
  // task may have been made all the same. Not idempotent: never sent twice by this function, nor by
  // anything below it.
  // `idempotency_key`: the same for each POST of one purchase. `about_to_send`: as in
  // http::Request.
  Task create(const RequestBody& body, const std::string& idempotency_key,
              GCancellable* cancellable, const std::function<void()>& about_to_send = {});
  // Throws Error{Protocol} for an answer about another task. The task has this id, however the
  // answer writes it.
  Task task(const std::string& task_id, GCancellable* cancellable);
  // `seconds` bounds the wait for its head.
  std::unique_ptr<TaskStream> follow(const std::string& task_id, double seconds,
                                     GCancellable* cancellable);
  // Newest first. limit: 1..200, 0 for the API's default; status "" for all.
  std::vector<Task> tasks(int limit, const std::string& status, GCancellable* cancellable);
  // `seconds` bounds the wait for its answer; 0 leaves it at Timeouts::request. Throws Error also
  // where a 2xx says that nothing, or another task, was deleted.
  void remove(const std::string& task_id, GCancellable* cancellable, double seconds = 0);
  // Video models only.
  std::vector<Model> models(GCancellable* cancellable);
  // GET of a URL that the service named, without the key unless it is on the API's own origin,
  // following at most five redirects (http(s), never from https to http). Neither leads to a
  // private place that the base URL isn't in, nor from an https base to http, unless
  // AIRFORCE_ALLOW_PRIVATE_URLS=1 (docs/security.md). Answers any status. `validator` goes into
  // If-Range. Throws http::TransportError; Error{Protocol} for a URL or a redirect that is not
  // followed.
  std::unique_ptr<http::ByteStream> fetch(const std::string& url, std::optional<Range> range,
                                          const std::string& validator, GCancellable* cancellable);
  // The service's Unix time as the Date of its last response gives it, whatever this machine's
  // clock is set to since; this machine's own where there was none.
  std::int64_t service_time() const;
  // Whether an answer had a Date.
  bool knows_service_time() const { return !std::isnan(service_start_.load()); }

 private:
  void check_target(const std::string& url, unsigned places, bool is_redirect) const;
  unsigned allowed_places() const;
  double seconds_left() const;
  void hide(http::ResponseHeaders& head) const;
  std::string words_of_page(std::string_view page) const;
  void learn_time(const http::ResponseHeaders& head);
  http::Request request(const char* method, const std::string& path) const;
  http::Response send(const http::Request& request, Step step, GCancellable* cancellable);
  // The answer as `read` understands it.
  template <typename Read>
  auto ask(Read read, const http::Request& request, Step step, GCancellable* cancellable);

  http::Session& session_;
  std::string base_url_;
  std::string key_;
  const Clock& clock_;
  const Timeouts timeouts_;
  std::atomic<double> deadline_ = std::numeric_limits<double>::infinity();
  // Where the base URL leads, a http::Place: by its host, or by what was connected to last.
  std::atomic<unsigned> base_place_;
  // The service's Unix time when Clock::elapsed() was 0; NaN before there was a Date.
  std::atomic<double> service_start_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace airforce::api
