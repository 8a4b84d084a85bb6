// SPDX-License-Identifier: LGPL-2.1-or-later
// One connection to a Redis or Valkey: commands in, replies or clear errors out.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/redis_address.h"
#include "store/redis_scripts.h"
#include "values/error.h"

struct redisContext;
struct redisReply;

namespace airforce {

// Error{Store}; tells whether another try may have another outcome.
struct RedisError : Error {
  enum class Kind {
    Unreachable,  // no connection, or it broke; the command may have been carried out
    Silent,       // no answer in time; likewise
    Refused,      // an answer that is an error
  };
  RedisError(Kind error_kind, const std::string& message, const std::string& next);
  Kind failure;
};

// What the engine answered. Elements belong to the whole.
class RedisReply {
 public:
  explicit RedisReply(redisReply* reply);
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
  std::unique_ptr<redisReply, Freer> reply_;
};

// Used by one thread at a time, but for interrupt(). Functions throw RedisError. A connection that
// is lost is made again by the next command.
class RedisConnection {
 public:
  // Nothing is connected yet. `patience`: seconds for connecting, and for an answer.
  RedisConnection(const RedisAddress& address, double patience);
  ~RedisConnection();

  RedisReply command(const std::vector<std::string>& words);
  // Carries a script out, sending its text only where the engine does not have it yet. The script
  // must bear to be carried out twice: it is, when the connection breaks before the answer.
  RedisReply run(const RedisScript& script, const std::vector<std::string>& arguments);
  bool connected() const { return context_ != nullptr; }
  void disconnect();
  // Another `patience` from now on.
  void be_patient_for(double seconds);
  // From another thread: ends what is being waited for, for good.
  void interrupt();

 private:
  struct Freer {
    void operator()(redisContext* context) const;
  };
  struct NoScript {};  // thrown by exchange() when the engine does not have the script yet
  void connect();
  void greet();
  void set_socket(int socket);
  RedisReply exchange(const std::vector<std::string>& words);
  [[noreturn]] void fail_connection(const std::string& what);
  [[noreturn]] void refused(std::string_view answer);

  const RedisAddress address_;
  double patience_;
  std::unique_ptr<redisContext, Freer> context_;
  std::mutex mutex_;  // protects the two below
  int socket_ = -1;   // the context's while it is open
  bool interrupted_ = false;
};

}  // namespace airforce
