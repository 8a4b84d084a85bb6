// SPDX-License-Identifier: LGPL-2.1-or-later
// One connection to a Redis or Valkey: commands in, replies or clear errors out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/redis_address.h"
#include "store/redis_scripts.h"
#include "store/resp_limits.h"
#include "store/wait_timeout.h"
#include "values/error.h"

struct redisContext;
struct redisReply;

namespace airforce {

// Error{Store}; reports whether another try may have another outcome.
struct RedisError : Error {
  enum class Kind {
    Unreachable,  // no connection, or it broke; the command may have been carried out
    Silent,       // no answer in time; likewise
    Refused,      // an answer that is an error
  };
  RedisError(Kind error_kind, const std::string& message, const std::string& next);
  Kind failure;
};

// What the engine answered. Elements belong to the whole; one that is not there is an Error{Store}.
class RedisReply {
 public:
  explicit RedisReply(redisReply* reply);
  bool is_error() const;
  std::int64_t integer() const;
  std::string text() const;
  std::vector<std::string> texts() const;  // of an array; numbers as text
  std::size_t size() const;
  // The texts of one element, itself an array.
  std::vector<std::string> texts(std::size_t element) const;
  std::string text(std::size_t element) const;

 private:
  struct Freer {
    void operator()(redisReply* reply) const;
  };
  const redisReply* at(std::size_t element) const;
  std::unique_ptr<redisReply, Freer> reply_;
};

// For an answer of another form than ours have.
[[noreturn]] void throw_not_understood();

// Used by one thread at a time. Functions throw RedisError, or Error{Cancelled} for a wait that was
// cut short. A connection that is lost is made again by the next command.
class RedisConnection {
 public:
  // Nothing is connected yet. `timeouts`: for a command as a whole, with a connection for it.
  RedisConnection(const RedisAddress& address, WaitTimeout timeouts);
  ~RedisConnection();

  RedisReply command(const std::vector<std::string>& words);
  // Carries a script out, sending its text only where the engine does not have it yet. The script
  // must bear to be carried out twice: it is, when the connection breaks before the answer.
  RedisReply run(const RedisScript& script, const std::vector<std::string>& arguments);
  bool connected() const { return context_ != nullptr; }
  void disconnect();
  // Waits no longer than that from now on.
  void shorten_timeout(double seconds) { timeouts_.shorten(seconds); }

 private:
  struct Freer {
    void operator()(redisContext* context) const;
  };
  struct NoScript {};  // thrown by exchange() when the engine does not have the script yet
  RedisReply try_twice(const std::vector<std::string>& words, const TimedWait& wait);
  void connect(const TimedWait& wait);
  void start_tls();
  void greet(const TimedWait& wait);
  RedisReply exchange(const std::vector<std::string>& words, const TimedWait& wait);
  redisReply* read_reply(const TimedWait& wait);
  void send(const TimedWait& wait);
  void wait_for(short events, const TimedWait& wait);
  [[noreturn]] void fail_connection(const std::string& what, const std::string& why);
  [[noreturn]] void fail_silent(const std::string& what);
  bool read_bytes();
  [[noreturn]] void refused(std::string_view answer);
  std::string complaint() const;

  const RedisAddress address_;
  WaitTimeout timeouts_;
  std::unique_ptr<redisContext, Freer> context_;
  RespLimits limits_;
};

}  // namespace airforce
