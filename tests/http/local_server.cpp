// SPDX-License-Identifier: LGPL-2.1-or-later
#include "local_server.h"

#include <future>
#include <stdexcept>
#include <utility>

namespace airforce::test {
namespace {

// Runs `action` in the context's thread, at once if that is this one, and waits for it.
template <typename Action>
void run_in(GMainContext* context, Action action) {
  std::promise<void> done;
  auto task = [&] {
    action();
    done.set_value();
  };
  using Task = decltype(task);
  g_main_context_invoke(
      context,
      [](gpointer data) -> gboolean {
        (*static_cast<Task*>(data))();
        return G_SOURCE_REMOVE;
      },
      &task);
  done.get_future().wait();
}

Seen seen_in(SoupServerMessage* message) {
  Seen seen;
  seen.method = soup_server_message_get_method(message);
  GUri* uri = soup_server_message_get_uri(message);
  seen.path = g_uri_get_path(uri);
  seen.query = g_uri_get_query(uri) != nullptr ? g_uri_get_query(uri) : "";
  SoupMessageHeadersIter each;
  soup_message_headers_iter_init(&each, soup_server_message_get_request_headers(message));
  const char* name = nullptr;
  const char* value = nullptr;
  while (soup_message_headers_iter_next(&each, &name, &value)) {
    seen.headers[GCharPtr(g_ascii_strdown(name, -1)).get()] = value;
  }
  const GBytesPtr body(soup_message_body_flatten(soup_server_message_get_request_body(message)));
  gsize size = 0;
  const auto* bytes = static_cast<const char*>(g_bytes_get_data(body.get(), &size));
  seen.body.assign(bytes != nullptr ? bytes : "", size);
  return seen;
}

}  // namespace

std::string Seen::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

void LaterAnswer::write(std::string_view chunk) {
  run_in(context_, [&] {
    soup_message_body_append(soup_server_message_get_response_body(message_.get()),
                             SOUP_MEMORY_COPY, chunk.data(), chunk.size());
    soup_server_message_unpause(message_.get());
  });
}

void LaterAnswer::end() {
  run_in(context_, [&] {
    soup_message_body_complete(soup_server_message_get_response_body(message_.get()));
    soup_server_message_unpause(message_.get());
  });
}

LocalServer::LocalServer(Handler handler, GTlsCertificate* certificate)
    : handler_(std::move(handler)), loop_(g_main_loop_new(context_.get(), FALSE)) {
  std::promise<void> listening;
  thread_ = std::thread([&, certificate] {
    g_main_context_push_thread_default(context_.get());
    // A server's sockets belong to the context that is the thread's default when it begins to
    // listen.
    const GObjectPtr<SoupServer> server(soup_server_new("server-header", nullptr, "raw-paths", TRUE,
                                                        "tls-certificate", certificate, nullptr));
    soup_server_add_handler(server.get(), nullptr, handle, this, nullptr);
    GErrorSlot error;
    const auto options = static_cast<SoupServerListenOptions>(
        SOUP_SERVER_LISTEN_IPV4_ONLY | (certificate != nullptr ? SOUP_SERVER_LISTEN_HTTPS : 0));
    if (soup_server_listen_local(server.get(), 0, options, error)) {
      GSList* uris = soup_server_get_uris(server.get());
      origin_ = std::string(certificate != nullptr ? "https" : "http") +
                "://127.0.0.1:" + std::to_string(g_uri_get_port(static_cast<GUri*>(uris->data)));
      g_slist_free_full(uris, reinterpret_cast<GDestroyNotify>(g_uri_unref));
    }
    listening.set_value();
    g_main_loop_run(loop_);
    soup_server_disconnect(server.get());
    // A handshake that a client has refused may still be under way, and libsoup 3.6 keeps no
    // reference for when it ends.
    while (certificate == nullptr && g_main_context_iteration(context_.get(), FALSE)) continue;
    g_main_context_pop_thread_default(context_.get());
  });
  listening.get_future().wait();
  if (origin_.empty()) throw std::runtime_error("no free port to listen on");
}

LocalServer::~LocalServer() {
  run_in(context_.get(), [this] { g_main_loop_quit(loop_); });
  thread_.join();
  g_main_loop_unref(loop_);
}

std::string LocalServer::url(std::string_view path) const {
  return origin_ + std::string(path);
}

std::vector<Seen> LocalServer::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

std::shared_ptr<LaterAnswer> LocalServer::answer_later(SoupServerMessage* message,
                                                       const char* content_type) {
  soup_server_message_set_status(message, 200, nullptr);
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
  soup_message_headers_set_encoding(headers, SOUP_ENCODING_CHUNKED);
  soup_message_headers_set_content_type(headers, content_type, nullptr);
  soup_message_body_set_accumulate(soup_server_message_get_response_body(message), FALSE);
  soup_server_message_pause(message);
  return std::make_shared<LaterAnswer>(context_.get(), message);
}

void LocalServer::handle(SoupServer*, SoupServerMessage* message, const char*, GHashTable*,
                         gpointer self) {
  auto& server = *static_cast<LocalServer*>(self);
  {
    const std::lock_guard lock(server.mutex_);
    server.seen_.push_back(seen_in(message));
  }
  server.handler_(server, message);
}

void answer(SoupServerMessage* message, int status, const char* content_type,
            std::string_view body) {
  soup_server_message_set_status(message, static_cast<guint>(status), nullptr);
  soup_server_message_set_response(message, content_type, SOUP_MEMORY_COPY, body.data(),
                                   body.size());
}

void answer_json(SoupServerMessage* message, std::string_view body, int status) {
  answer(message, status, "application/json", body);
}

void add_header(SoupServerMessage* message, const char* name, const std::string& value) {
  soup_message_headers_replace(soup_server_message_get_response_headers(message), name,
                               value.c_str());
}

}  // namespace airforce::test
