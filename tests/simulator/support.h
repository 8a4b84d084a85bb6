// SPDX-License-Identifier: LGPL-2.1-or-later
// What the simulator's tests share: the program as a process, and a client that can be made to
// look closely.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <glib.h>

#include "support/temp_dir.h"

namespace airforce::simulator::test {

using airforce::test::read_file;
using airforce::test::TempDir;

using Headers = std::vector<std::pair<std::string, std::string>>;
using Strings = std::vector<std::string>;

inline constexpr char kKey[] = "sk-air-simulator";

/// What came back for a request.
struct Reply {
  int status = 0;
  Headers headers;
  std::string body;
  std::string error;  ///< of the transport; the body is what came before it

  /// A header; empty if there is none.
  [[nodiscard]] std::string header(const std::string& name) const;
};

/// What a JSONPath leads to, as text; empty if nothing is there.
std::string at(const std::string& json, const std::string& path);
/// The same as a number; -1 if nothing is there.
int64_t number_at(const std::string& json, const std::string& path);

/// One request by libsoup, without redirects, keep-alive between tests, or timeouts beyond 20 s.
Reply request(const std::string& method, const std::string& url, const Headers& headers = {},
              const std::string& body = {});

/// One request written by hand, and every byte that comes back until the end, which is reported.
struct RawReply {
  std::string bytes;
  bool refused = false;  ///< no connection was made
  bool reset = false;    ///< the connection ended by RST, not FIN
  bool silent = false;   ///< it had not ended after `timeouts`
};
RawReply raw_request(const std::string& method, const std::string& url, const Headers& headers = {},
                     std::chrono::milliseconds timeouts = std::chrono::seconds(10));

inline constexpr char kTinyClip[] = "not really an MP4";

/// A running airforce-simulator. Ended, and its exit code checked, when this goes.
class Server {
 public:
  /// Whether clips are rendered, or are the few bytes of kTinyClip.
  enum class Clips { kTiny, kRendered };

  /// With these arguments beside those that a test always wants: quick tasks and no log.
  explicit Server(const Strings& arguments = {}, Clips clips = Clips::kTiny);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  /// With the key.
  Reply get(const std::string& path) const;
  Reply post(const std::string& path, const std::string& body) const;
  Reply remove(const std::string& path) const;

  /// Creates a task of the cheapest kind, or of that body; the id.
  std::string create(const std::string& body = {}) const;
  /// Polls until the task is final; the last answer.
  std::string finish(const std::string& id) const;
  /// Creates, waits, and gives the URL of the clip.
  [[nodiscard]] std::string clip_url(const std::string& body = {}) const;

  [[nodiscard]] std::string state() const;
  void add_fault(const std::string& fault) const;

 private:
  TempDir directory_;
  GPid pid_ = 0;
  std::string url_;
};

/// Runs a command to its end.
struct Outcome {
  int exit_code = 0;
  std::string output;
  std::string errors;
};
Outcome run(const Strings& command, const std::map<std::string, std::string>& environment = {});

/// Where the program under test is.
std::string simulator_binary();

}  // namespace airforce::simulator::test
