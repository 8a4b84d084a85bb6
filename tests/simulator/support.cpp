// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

namespace airforce::simulator::test {
namespace {

template <typename T>
using Object = std::unique_ptr<T, decltype(&g_object_unref)>;

struct Owned {
  void operator()(gpointer memory) const { g_free(memory); }
};

std::vector<char*> pointers(const Strings& strings) {
  std::vector<char*> list;
  for (const auto& string : strings) list.push_back(const_cast<char*>(string.c_str()));
  list.push_back(nullptr);
  return list;
}

std::string read_to_end(int fd) {
  std::string text;
  char piece[4096];
  for (ssize_t got; (got = read(fd, piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<size_t>(got));
  close(fd);
  return text;
}

}  // namespace

std::string Reply::header(const std::string& name) const {
  for (const auto& [key, value] : headers)
    if (g_ascii_strcasecmp(key.c_str(), name.c_str()) == 0) return value;
  return {};
}

std::string at(const std::string& json, const std::string& path) {
  const std::unique_ptr<JsonNode, decltype(&json_node_unref)> root(
      json_from_string(json.c_str(), nullptr), json_node_unref);
  if (!root) return {};
  const std::unique_ptr<JsonNode, decltype(&json_node_unref)> found(
      json_path_query(path.c_str(), root.get(), nullptr), json_node_unref);
  if (!found || !JSON_NODE_HOLDS_ARRAY(found.get())) return {};
  JsonArray* matches = json_node_get_array(found.get());
  std::string text;
  for (guint i = 0; i < json_array_get_length(matches); ++i) {
    JsonNode* match = json_array_get_element(matches, i);
    if (!text.empty()) text += ",";
    if (JSON_NODE_HOLDS_VALUE(match) && json_node_get_value_type(match) == G_TYPE_STRING)
      text += json_node_get_string(match);
    else
      text += std::unique_ptr<char, Owned>(json_to_string(match, FALSE)).get();
  }
  return text;
}

int64_t number_at(const std::string& json, const std::string& path) {
  const std::string text = at(json, path);
  return text.empty() ? -1 : std::stoll(text);
}

Reply request(const std::string& method, const std::string& url, const Headers& headers,
              const std::string& body) {
  const Object<SoupSession> session(soup_session_new_with_options("timeout", 20, nullptr),
                                    g_object_unref);
  soup_session_remove_feature_by_type(session.get(), SOUP_TYPE_CONTENT_DECODER);
  const Object<SoupMessage> message(soup_message_new(method.c_str(), url.c_str()), g_object_unref);
  soup_message_add_flags(message.get(), SOUP_MESSAGE_NO_REDIRECT);
  for (const auto& [name, value] : headers)
    soup_message_headers_append(soup_message_get_request_headers(message.get()), name.c_str(),
                                value.c_str());
  if (!body.empty()) {
    g_autoptr(GBytes) bytes = g_bytes_new(body.data(), body.size());
    soup_message_set_request_body_from_bytes(message.get(), "application/json", bytes);
  }
  Reply reply;
  g_autoptr(GError) error = nullptr;
  g_autoptr(GInputStream) stream = soup_session_send(session.get(), message.get(), nullptr, &error);
  reply.status = static_cast<int>(soup_message_get_status(message.get()));
  soup_message_headers_foreach(
      soup_message_get_response_headers(message.get()),
      [](const char* name, const char* value, gpointer data) {
        static_cast<Headers*>(data)->emplace_back(name, value);
      },
      &reply.headers);
  std::string piece(1 << 16, '\0');
  while (stream && !error) {
    const gssize got = g_input_stream_read(stream, piece.data(), piece.size(), nullptr, &error);
    if (got <= 0) break;
    reply.body.append(piece, 0, static_cast<size_t>(got));
  }
  if (error) reply.error = error->message;
  return reply;
}

RawReply raw_request(const std::string& method, const std::string& url, const Headers& headers,
                     std::chrono::milliseconds timeouts) {
  const std::unique_ptr<GUri, decltype(&g_uri_unref)> uri(
      g_uri_parse(url.c_str(), G_URI_FLAGS_ENCODED, nullptr), g_uri_unref);
  RawReply reply;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(g_uri_get_port(uri.get())));
  inet_pton(AF_INET, g_uri_get_host(uri.get()), &address.sin_addr);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    reply.refused = errno == ECONNREFUSED;
    close(fd);
    return reply;
  }
  const char* query = g_uri_get_query(uri.get());
  std::string text = method + " " + g_uri_get_path(uri.get()) +
                     (query ? std::string("?") + query : "") +
                     " HTTP/1.1\r\nHost: " + g_uri_get_host(uri.get()) + "\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  text += "\r\n";
  EXPECT_EQ(send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));

  const auto deadline = std::chrono::steady_clock::now() + timeouts;
  char piece[65536];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd wanted = {.fd = fd, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&wanted, 1, static_cast<int>(left.count())) == 0) {
      reply.silent = true;
      break;
    }
    const ssize_t got = recv(fd, piece, sizeof piece, 0);
    if (got > 0) {
      reply.bytes.append(piece, static_cast<size_t>(got));
      continue;
    }
    reply.reset = got < 0 && errno == ECONNRESET;
    break;
  }
  close(fd);
  return reply;
}

std::string simulator_binary() {
  const char* path = std::getenv("AIRFORCE_SIMULATOR");
  return path ? path : "airforce-simulator";
}

Server::Server(const Strings& arguments, Clips clips) {
  Strings command = {simulator_binary(), "--print-environment", "--die-with-parent",
                     "--quiet",          "--task-seconds",      "0.05"};
  if (clips == Clips::kTiny) {
    command.push_back("--clip");
    command.push_back(directory_.write("tiny", kTinyClip));
  }
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto list = pointers(command);
  GError* error = nullptr;
  gint output = -1;
  if (!g_spawn_async_with_pipes(nullptr, list.data(), nullptr,
                                static_cast<GSpawnFlags>(G_SPAWN_DO_NOT_REAP_CHILD), nullptr,
                                nullptr, &pid_, nullptr, &output, nullptr, &error)) {
    const std::string message = error->message;
    g_error_free(error);
    throw std::runtime_error(message);
  }
  std::istringstream lines(read_to_end(output));
  const std::string name = "AIRFORCE_BASE_URL=";
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name)) url_ = line.substr(name.size());
  if (url_.empty()) throw std::runtime_error("the simulator did not start");
}

Server::~Server() {
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  EXPECT_EQ(status, 0) << "the simulator did not end well";
}

Reply Server::get(const std::string& path) const {
  return request("GET", url_ + path, {{"Authorization", std::string("Bearer ") + kKey}});
}

Reply Server::post(const std::string& path, const std::string& body) const {
  return request("POST", url_ + path, {{"Authorization", std::string("Bearer ") + kKey}}, body);
}

Reply Server::remove(const std::string& path) const {
  return request("DELETE", url_ + path, {{"Authorization", std::string("Bearer ") + kKey}});
}

std::string Server::create(const std::string& body) const {
  const Reply reply = post("/v1/video/generations",
                           body.empty() ? R"({"model":"ltx-mini","prompt":"a test"})" : body);
  EXPECT_TRUE(reply.status == 200 || reply.status == 202) << reply.body << reply.error;
  return at(reply.body, "$.task_id");
}

std::string Server::finish(const std::string& id) const {
  for (;;) {
    const Reply reply = get("/v1/video/tasks/" + id);
    const std::string status = at(reply.body, "$.status");
    if (reply.status != 200 ||
        (status != "queued" && status != "running" && status != "processing"))
      return reply.body;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::string Server::clip_url(const std::string& body) const {
  const std::string task = finish(create(body));
  EXPECT_EQ(at(task, "$.status"), "completed") << task;
  return at(task, "$.result_url");
}

std::string Server::state() const {
  return request("GET", url_ + "/simulator/state").body;
}

void Server::add_fault(const std::string& fault) const {
  const Reply reply = request("POST", url_ + "/simulator/faults", {}, fault);
  ASSERT_EQ(reply.status, 200) << reply.body;
}

Outcome run(const Strings& command, const std::map<std::string, std::string>& environment) {
  auto list = pointers(command);
  std::unique_ptr<char*, decltype(&g_strfreev)> variables(g_get_environ(), g_strfreev);
  for (const auto& [name, value] : environment)
    variables.reset(g_environ_setenv(variables.release(), name.c_str(), value.c_str(), TRUE));
  char* output = nullptr;
  char* errors = nullptr;
  gint status = 0;
  GError* error = nullptr;
  if (!g_spawn_sync(nullptr, list.data(), variables.get(), G_SPAWN_SEARCH_PATH, nullptr, nullptr,
                    &output, &errors, &status, &error)) {
    const std::string message = error->message;
    g_error_free(error);
    throw std::runtime_error(message);
  }
  const std::unique_ptr<char, Owned> owned_output(output);
  const std::unique_ptr<char, Owned> owned_errors(errors);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), output, errors};
}

}  // namespace airforce::simulator::test
