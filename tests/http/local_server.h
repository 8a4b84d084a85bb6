// SPDX-License-Identifier: LGPL-2.1-or-later
// A real HTTP server of libsoup on a free port of this machine, with a handler of the test's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <libsoup/soup.h>

#include "values/glib_ptr.h"

namespace airforce::test {

// A request as it arrived.
struct Seen {
  std::string method;
  std::string path;                            // still percent-encoded
  std::string query;                           // without '?'; "" if there is none
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  // "" if there is none of this name.
  std::string header(const std::string& name) const;
};

// An answer that is written piece by piece, from any thread, after the handler has returned.
class LaterAnswer {
 public:
  LaterAnswer(GMainContext* context, SoupServerMessage* message)
      : context_(context), message_(share(message)) {}
  // Sends the head with this status and type, if it wasn't yet, and a chunk.
  void write(std::string_view chunk);
  // Ends the body.
  void end();

 private:
  GMainContext* context_;
  GObjectPtr<SoupServerMessage> message_;
};

class LocalServer {
 public:
  // Runs in the server's thread. Sets the status and the body, or calls answer_later().
  using Handler = std::function<void(LocalServer&, SoupServerMessage*)>;

  // With a certificate it speaks HTTPS.
  explicit LocalServer(Handler handler, GTlsCertificate* certificate = nullptr);
  ~LocalServer();
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  // "http://127.0.0.1:PORT" and `path`.
  std::string url(std::string_view path = "") const;
  std::vector<Seen> seen() const;
  // Of a handler: leaves the answer to whoever has the result.
  std::shared_ptr<LaterAnswer> answer_later(SoupServerMessage* message, const char* content_type);

 private:
  static void handle(SoupServer*, SoupServerMessage* message, const char* path, GHashTable* query,
                     gpointer self);

  const Handler handler_;
  const GMainContextPtr context_{g_main_context_new()};
  mutable std::mutex mutex_;
  std::vector<Seen> seen_;  // under mutex_
  std::string origin_;      // set before the constructor returns
  GMainLoop* loop_;
  std::thread thread_;
};

// For handlers: an answer at once.
void answer(SoupServerMessage* message, int status, const char* content_type,
            std::string_view body);
void answer_json(SoupServerMessage* message, std::string_view body, int status = 200);
void add_header(SoupServerMessage* message, const char* name, const std::string& value);

}  // namespace airforce::test
