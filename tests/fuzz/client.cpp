// SPDX-License-Identifier: LGPL-2.1-or-later
// The whole client on a service that answers anything: each endpoint, the event stream, and a clip
// from its URL to the disk.
#include "api/client.h"

#include <glib.h>

#include "clip/downloaded_clip.h"
#include "clip/task_source.h"
#include "fuzz.h"
#include "http/url.h"
#include "scripted_session.h"
#include "support/temp_dir.h"
#include "values/error.h"

namespace {

using namespace airforce;

constexpr const char* kApi = "https://api.example";
constexpr const char* kClip = "https://cdn.example/clip.mp4?signature=x";
constexpr const char* kKey = "sk-air-canary-of-the-fuzzer";

// The only thing that nobody but the API may see.
void check_request(const http::Request& request) {
  ::fuzz::require(!http::origin_of(request.url).empty(), "a request goes to a server");
  ::fuzz::require(request.url.find(kKey) == std::string::npos, "the key is in no URL");
  for (const auto& [name, value] : request.headers) {
    ::fuzz::require(value.find(kKey) == std::string::npos || http::origin_of(request.url) == kApi,
                    "the key goes to the API only");
    ::fuzz::require(value.find_first_of("\r\n") == std::string::npos, "a header is one line");
  }
}

void check_error(const Error& error) {
  const std::string text = error.text();
  ::fuzz::require(!error.message.empty(), "an error says what is wrong");
  ::fuzz::require(g_utf8_validate_len(text.data(), text.size(), nullptr), "an error is UTF-8");
  ::fuzz::require(text.find('\n') == std::string::npos, "an error is one line");
  ::fuzz::require(text.find(kKey) == std::string::npos, "no error holds the key");
  ::fuzz::require(text.find("signature=") == std::string::npos, "no error holds a signature");
}

template <typename Action>
void attempt(Action action) {
  try {
    action();
  } catch (const Error& error) {
    check_error(error);
  } catch (const http::TransportError&) {
  }
}

void follow(api::Client& client) {
  const auto stream = client.follow("vid_1", 1, nullptr);
  Task task;
  while (stream->next(task, 1, nullptr) != api::TaskStream::Outcome::End) {
    const auto retry = stream->retry_seconds();
    ::fuzz::require(!retry || *retry >= 0, "a wait is not negative");
  }
}

void download(api::Client& client, const std::string& first_url) {
  const test::TempDir directory;
  ClipOptions options;
  options.task_id = "vid_1";
  options.cache_directory = directory.path();
  options.location = directory.file("clip.mp4");
  options.largest = 1 << 20;
  options.limits.tries = 3;
  DownloadEnvironment environment;
  environment.random = [] { return 1.0; };
  environment.sleep = [](double, GCancellable*) {};
  const auto url = [&](bool refresh, GCancellable* cancellable) {
    return refresh ? client.task("vid_1", cancellable).result_url : first_url;
  };
  const bool whole = [&] {
    try {
      DownloadedClip clip(make_task_source(client, url), options, environment);
      clip.wait_complete();
      return true;
    } catch (const Error& error) {
      check_error(error);
      return false;
    }
  }();
  ::fuzz::require(std::filesystem::exists(options.location) == whole,
                  "a clip is complete under its name or not there");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The first byte chooses where the conversation begins, so that short inputs get everywhere.
  const int begin = data[0] % 4;
  ::airforce::fuzz::ScriptedSession session(::fuzz::text_of(data + 1, size - 1), check_request);
  api::Client client(session, kApi, kKey);
  std::string url = kClip;
  if (begin < 1) {
    attempt([&] { client.models(nullptr); });
    attempt([&] { client.create("{}", "key", nullptr); });
    attempt([&] { client.tasks(50, "running", nullptr); });
  }
  if (begin < 2) attempt([&] { follow(client); });
  if (begin < 3) {
    attempt([&] {
      const Task task = client.task("vid_1", nullptr);
      if (!task.result_url.empty()) url = task.result_url;
    });
  }
  download(client, url);
  attempt([&] { client.remove("vid_1", nullptr); });
  return 0;
}
