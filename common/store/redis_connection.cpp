// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/redis_connection.h"

#include <cerrno>
#include <cmath>
#include <csignal>
#include <ctime>
#include <utility>

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <sys/socket.h>

#include "store/redis_socket.h"
#include "store/redis_tls.h"
#include "values/text.h"

namespace airforce {
namespace {

constexpr std::size_t kShownAnswer = 200;  // characters of an answer that nobody foresaw

// hiredis writes to sockets that may be closed; the program it runs in may not expect SIGPIPE.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const int number = errno;
    const timespec at_once{};
    if (!was_pending_) {
      while (sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = number;
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

timeval to_timeval(double seconds) {
  timeval value{};
  value.tv_sec = static_cast<time_t>(seconds);
  value.tv_usec = static_cast<suseconds_t>((seconds - std::floor(seconds)) * 1e6);
  return value;
}

// Ends blocking calls on a socket, permanently, when it is cancelled.
class ShutdownOnCancel {
 public:
  ShutdownOnCancel(GCancellable* cancellable, int socket)
      : cancellable_(cancellable), socket_(socket) {
    if (cancellable == nullptr) return;
    handler_ = g_cancellable_connect(cancellable, G_CALLBACK(on_cancelled), &socket_, nullptr);
  }
  ~ShutdownOnCancel() { g_cancellable_disconnect(cancellable_, handler_); }
  ShutdownOnCancel(const ShutdownOnCancel&) = delete;
  ShutdownOnCancel& operator=(const ShutdownOnCancel&) = delete;

 private:
  static void on_cancelled(GCancellable*, gpointer socket) {
    shutdown(*static_cast<int*>(socket), SHUT_RDWR);
  }
  GCancellable* cancellable_;
  int socket_;
  gulong handler_ = 0;
};

std::string text_of(const redisReply* reply) {
  if (reply->type == REDIS_REPLY_INTEGER) return std::to_string(reply->integer);
  return reply->str != nullptr ? std::string(reply->str, reply->len) : std::string();
}

std::vector<std::string> texts_of(const redisReply* reply) {
  std::vector<std::string> texts;
  for (std::size_t n = 0; n < reply->elements; ++n) texts.push_back(text_of(reply->element[n]));
  return texts;
}

constexpr const char* kNotAllowed = "does not allow the user what a store needs (NOPERM)";
constexpr const char* kAllow =
    "allow the user ~airforce-video:* +@read +@write +@scripting +@connection +time";

// What an error means; the first whose code is in the answer holds.
struct ErrorAdvice {
  const char* code;
  const char* what;
  const char* next;
};
constexpr ErrorAdvice kErrorAdvice[] = {
    {"NOAUTH", "wants a password", "give user and password in the URI, or AIRFORCE_STORE_PASSWORD"},
    {"WRONGPASS", "refuses the user or the password", "correct them in the URI"},
    {"invalid password", "refuses the password", "correct it in the URI"},
    {"without any password", "has no password, but one is given", "leave it out of the URI"},
    {"NOPERM", kNotAllowed, kAllow},
    {"The user executing the script", kNotAllowed, kAllow},
    {"ACL failure in script", kNotAllowed, kAllow},
    {"READONLY", "is a read-only replica", "name the primary, or wait for the failover to end"},
    {"OOM", "has no memory left (maxmemory)", "raise its maxmemory, or name another store"},
    {"WRONGTYPE", "has something else under the keys airforce-video:*",
     "remove it, or name another database of it"},
    {"NEWERSTORE", "was written by a newer airforce-video",
     "update airforce-video, or name another store"},
    {"LOADING", "is still loading its data", "wait until it is ready"},
    {"MISCONF", "can't write to its disk (MISCONF)", "look at its log"},
    {"NOREPLICAS", "has too few replicas to write (NOREPLICAS)", "bring its replicas back"},
    {"MASTERDOWN", "is a replica that has lost its primary", "name the primary"},
    {"MOVED", "is a cluster, which can't be a store", "name a server without cluster mode"},
    {"CLUSTERDOWN", "is a cluster, which can't be a store", "name a server without cluster mode"},
    {"BUSY ", "is busy with somebody's script", "look at what runs on it"},
    {"max number of clients", "accepts no more connections", "raise its maxclients"},
    {"DB index is out of range", "has no database of that number", "correct it in the URI"},
};

}  // namespace

RedisError::RedisError(Kind error_kind, const std::string& error_message, const std::string& next)
    : Error(ErrorKind::Store, Step::Store, error_message, next), failure(error_kind) {}

void RedisReply::Freer::operator()(redisReply* reply) const {
  freeReplyObject(reply);
}

RedisReply::RedisReply(redisReply* reply) : reply_(reply) {}

bool RedisReply::is_error() const {
  return reply_->type == REDIS_REPLY_ERROR;
}

std::int64_t RedisReply::integer() const {
  return reply_->integer;
}

std::string RedisReply::text() const {
  return text_of(reply_.get());
}

std::vector<std::string> RedisReply::texts() const {
  return texts_of(reply_.get());
}

std::size_t RedisReply::size() const {
  return reply_->elements;
}

const redisReply* RedisReply::at(std::size_t element) const {
  if (element >= reply_->elements) throw_not_understood();
  return reply_->element[element];
}

std::vector<std::string> RedisReply::texts(std::size_t element) const {
  return texts_of(at(element));
}

std::string RedisReply::text(std::size_t element) const {
  return text_of(at(element));
}

void throw_not_understood() {
  throw RedisError(RedisError::Kind::Refused, "The store gives an answer that can't be understood",
                   "see that it is a Redis or Valkey, and that nobody else writes the keys "
                   "airforce-video:*");
}

void RedisConnection::Freer::operator()(redisContext* context) const {
  redisFree(context);
}

RedisConnection::RedisConnection(const RedisAddress& address, WaitTimeout timeouts)
    : address_(address), timeouts_(std::move(timeouts)) {}

RedisConnection::~RedisConnection() = default;

void RedisConnection::disconnect() {
  context_.reset();
}

std::string RedisConnection::complaint() const {
  return context_->errstr[0] != '\0' ? context_->errstr : "no memory";
}

void RedisConnection::fail_connection(const std::string& what, const std::string& why) {
  disconnect();
  throw RedisError(RedisError::Kind::Unreachable,
                   "The store " + address_.shown() + " " + what + ": " + why,
                   "see that it runs and can be reached from here");
}

void RedisConnection::fail_silent(const std::string& what) {
  disconnect();
  throw RedisError(RedisError::Kind::Silent,
                   "The store " + address_.shown() + " " + what + ": no answer within " +
                       number_text(timeouts_.seconds()) + " s",
                   "see that it runs and can be reached from here");
}

void RedisConnection::refused(std::string_view answer) {
  const std::string start = "The store " + address_.shown() + " ";
  for (const ErrorAdvice& meaning : kErrorAdvice) {
    if (answer.find(meaning.code) == std::string_view::npos) continue;
    throw RedisError(RedisError::Kind::Refused, start + meaning.what, meaning.next);
  }
  throw RedisError(RedisError::Kind::Refused,
                   start + "refuses: " + std::string(answer.substr(0, kShownAnswer)),
                   "Redis 5 or later, or Valkey, is needed");
}

void RedisConnection::connect(const TimedWait& wait) {
  RedisSocket socket = connect_to_redis(address_, wait);
  if (socket.late) fail_silent("can't be reached");
  if (!socket.fd) fail_connection("can't be reached", socket.error);
  context_.reset(redisConnectFd(socket.fd.get()));
  if (context_ == nullptr) fail_connection("can't be reached", "no memory");
  const int fd = socket.fd.release();  // the context's now
  if (address_.tls) start_tls();
  // From here on nobody waits but wait_for().
  context_->flags &= ~REDIS_BLOCK;
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  greet(wait);
}

void RedisConnection::start_tls() {
  // OpenSSL shakes hands in one blocking step here.
  redisSetTimeout(context_.get(), to_timeval(timeouts_.seconds()));
  const ShutdownOnCancel end(timeouts_.cancellable(), context_->fd);
  const std::string wrong = start_redis_tls(context_.get(), address_.host);
  if (wrong.empty()) return;
  disconnect();
  throw RedisError(RedisError::Kind::Unreachable,
                   "The store " + address_.shown() + " can't be trusted: " + wrong,
                   "see to its certificate; SSL_CERT_FILE names the authority");
}

void RedisConnection::greet(const TimedWait& wait) {
  if (!address_.password.empty()) {
    std::vector<std::string> words = {"AUTH", address_.password};
    if (!address_.user.empty()) words.insert(words.begin() + 1, address_.user);
    exchange(words, wait);
  }
  if (address_.database != 0) exchange({"SELECT", std::to_string(address_.database)}, wait);
  exchange({"CLIENT", "SETNAME", "airforce-video"}, wait);
}

// Until the socket is ready. A cancellation shortens the wait, so it wakes this up.
void RedisConnection::wait_for(short events, const TimedWait& wait) {
  GPollFD fds[2] = {{context_->fd, static_cast<gushort>(events), 0}, {}};
  for (;;) {
    const double left = wait.left();
    if (left <= 0) fail_silent("does not answer");
    const bool wakes =
        !timeouts_.cancelled() && g_cancellable_make_pollfd(timeouts_.cancellable(), &fds[1]);
    const int ready = g_poll(fds, wakes ? 2 : 1, static_cast<int>(std::ceil(left * 1000)));
    if (wakes) g_cancellable_release_fd(timeouts_.cancellable());
    if (ready > 0 && fds[0].revents != 0) return;
  }
}

void RedisConnection::send(const TimedWait& wait) {
  for (int done = 0;;) {
    if (redisBufferWrite(context_.get(), &done) != REDIS_OK) {
      fail_connection("does not answer", complaint());
    }
    if (done != 0) return;
    wait_for(G_IO_OUT, wait);
  }
}

// What has arrived, as far as one reply may be long.
bool RedisConnection::read_bytes() {
  const std::size_t before = context_->reader->len;
  if (redisBufferRead(context_.get()) != REDIS_OK) return false;
  const redisReader& reader = *context_->reader;
  if (limits_.accept({reader.buf + before, reader.len - before})) return true;
  fail_connection("sends too much", "an answer of more than 16 MiB, or 100,000 elements");
}

redisReply* RedisConnection::read_reply(const TimedWait& wait) {
  limits_.begin();
  for (;;) {
    void* reply = nullptr;
    if (redisGetReplyFromReader(context_.get(), &reply) != REDIS_OK) break;
    if (reply != nullptr) return static_cast<redisReply*>(reply);
    wait_for(G_IO_IN, wait);
    if (!read_bytes()) break;
  }
  fail_connection("does not answer", complaint());
}

// One command on the connection that is there.
RedisReply RedisConnection::exchange(const std::vector<std::string>& words, const TimedWait& wait) {
  std::vector<const char*> bytes;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    bytes.push_back(word.data());
    sizes.push_back(word.size());
  }
  if (redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), bytes.data(),
                             sizes.data()) != REDIS_OK) {
    fail_connection("can't be asked", complaint());
  }
  send(wait);
  RedisReply reply(read_reply(wait));
  if (!reply.is_error()) return reply;
  const std::string text = reply.text();
  if (words[0] == "EVALSHA" && text.starts_with("NOSCRIPT")) throw NoScript{};
  // After a failover the same name may lead to the new primary; and a connection that is not let in
  // must be let in again.
  disconnect();
  // An unforeseen answer to AUTH could repeat the password.
  refused(words[0] == "AUTH" && text.find("WRONGPASS") == std::string::npos &&
                  text.find("password") == std::string::npos
              ? std::string_view("AUTH")
              : std::string_view(text));
}

RedisReply RedisConnection::try_twice(const std::vector<std::string>& words,
                                      const TimedWait& wait) {
  const bool fresh = context_ == nullptr;
  if (fresh) connect(wait);
  try {
    return exchange(words, wait);
  } catch (const RedisError& error) {
    // An idle connection may have been closed since: once more, on a new one.
    if (fresh || error.failure != RedisError::Kind::Unreachable) throw;
  }
  connect(wait);
  return exchange(words, wait);
}

RedisReply RedisConnection::command(const std::vector<std::string>& words) {
  const WithoutSigpipe guard;
  const TimedWait wait(timeouts_);
  try {
    return try_twice(words, wait);
  } catch (const RedisError& error) {
    if (error.failure != RedisError::Kind::Refused && timeouts_.cancelled()) throw_cancelled();
    throw;
  }
}

RedisReply RedisConnection::run(const RedisScript& script,
                                const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"EVALSHA", script.sha1, "0"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  try {
    return command(words);
  } catch (const NoScript&) {
    words[0] = "EVAL";
    words[1] = script.text;
    return command(words);
  }
}

}  // namespace airforce
