// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/files.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <memory>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "values/error.h"
#include "values/glib_ptr.h"
#include "values/guarded.h"
#include "values/input_image.h"
#include "values/unique_fd.h"

namespace airforce {
namespace {

// How soon a cancellation is noticed.
constexpr std::chrono::milliseconds kLook{20};
constexpr int kPollMilliseconds = 100;
constexpr std::size_t kChunk = 64 * 1024;

// A read that may block for ever, in a thread of its own: nothing can interrupt it where a mount is
// dead. Whoever gives up leaves the thread behind, which ends when it can.
struct Reading {
  std::string path;
  std::size_t largest = 0;
  FileKind kind = FileKind::Regular;
  std::atomic<bool> is_abandoned = false;

  struct Outcome {
    bool is_done = false;
    std::string content;
    std::string failure;  // why it can't be read
  };
  Guarded<Outcome> outcome;
  std::condition_variable changed;
};

// The failure, or "".
std::string read_all(Reading& reading, std::string& content) {
  // O_NONBLOCK: opening a pipe must not wait for its writer. O_NOCTTY: a terminal must not become
  // the one of the process, which would end with it.
  const UniqueFd fd(g_open(reading.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0));
  if (fd.get() < 0) return g_strerror(errno);
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return g_strerror(errno);
  if (S_ISDIR(status.st_mode)) return "it is a directory";
  const bool is_regular = S_ISREG(status.st_mode);
  if (!is_regular && reading.kind == FileKind::Regular)
    return "it is not a regular file, but a pipe, device or socket";
  if (is_regular && static_cast<std::uint64_t>(status.st_size) > reading.largest)
    return "it is larger than " + std::to_string(reading.largest) + " bytes";
  // A picture is encoded in place. The last read asks for more than there is.
  if (is_regular) content.reserve(base64_size(static_cast<std::size_t>(status.st_size)) + kChunk);
  for (;;) {
    if (!is_regular) {
      pollfd events{fd.get(), POLLIN, 0};
      const int ready = poll(&events, 1, kPollMilliseconds);
      if (reading.is_abandoned) return "cancelled";
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    }
    const std::size_t before = content.size();
    const std::size_t wanted = std::min(kChunk, reading.largest + 1 - before);
    content.resize(before + wanted);
    const ssize_t count = read(fd.get(), content.data() + before, wanted);
    content.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) return {};
    if (count < 0 && errno != EINTR && errno != EAGAIN) return g_strerror(errno);
    if (content.size() > reading.largest)
      return "it is larger than " + std::to_string(reading.largest) + " bytes";
  }
}

// Runs `read` with the file in a thread of its own. Throws Error{Cancelled}; Error{Timeout}.
Reading::Outcome outcome_of(const std::shared_ptr<Reading>& reading,
                            std::string (*read)(Reading&, std::string&), const std::string& what,
                            const std::string& name, const ReadLimits& limits) {
  std::thread([reading, read] {
    std::string content;
    std::string failure = read(*reading, content);
    {
      const auto outcome = reading->outcome.lock();
      outcome->content = std::move(content);
      outcome->failure = std::move(failure);
      outcome->is_done = true;
    }
    reading->changed.notify_all();
  }).detach();

  auto outcome = reading->outcome.lock();
  while (!outcome.wait_for(reading->changed, kLook, [&] { return outcome->is_done; })) {
    const bool is_cancelled = g_cancellable_is_cancelled(limits.cancellable);
    if (!is_cancelled && !(limits.deadline && limits.deadline->has_passed())) continue;
    reading->is_abandoned = true;
    if (is_cancelled) throw Error(ErrorKind::Cancelled, Step::Settings, "cancelled");
    throw Error(ErrorKind::Timeout, Step::Settings,
                what + " '" + name + "' could not be read within the timeout",
                "check what is at the other end of it");
  }
  return std::move(*outcome);
}

}  // namespace

std::string read_input_file(const std::string& name, const std::string& what, std::size_t largest,
                            FileKind kind, const ReadLimits& limits) {
  const GObjectPtr<GFile> file(name.starts_with("file:") ? g_file_new_for_uri(name.c_str())
                                                         : g_file_new_for_path(name.c_str()));
  const auto fail = [&](const std::string& why) {
    return Error(ErrorKind::Settings, Step::Settings,
                 "cannot read " + what + " '" + name + "': " + why, "check the path");
  };
  // Opened by path: a stream through GVfs would bring its daemons into the process.
  if (g_file_peek_path(file.get()) == nullptr) throw fail("not a local file");
  const auto reading = std::make_shared<Reading>();
  reading->path = g_file_peek_path(file.get());
  reading->largest = largest;
  reading->kind = kind;
  Reading::Outcome outcome = outcome_of(reading, read_all, what, name, limits);
  if (!outcome.failure.empty()) throw fail(outcome.failure);
  return std::move(outcome.content);
}

void wait_for_file_system(const std::string& path, const std::string& what,
                          const ReadLimits& limits) {
  const auto reading = std::make_shared<Reading>();
  reading->path = path;
  const auto look = [](Reading& looked_at, std::string&) {
    struct stat status {};
    stat(looked_at.path.c_str(), &status);
    return std::string();
  };
  outcome_of(reading, look, what, path, limits);
}

}  // namespace airforce
