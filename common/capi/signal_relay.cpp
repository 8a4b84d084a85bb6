// SPDX-License-Identifier: LGPL-2.1-or-later
#include "capi/signal_relay.h"

#include <cerrno>
#include <csignal>
#include <thread>

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace airforce {

std::atomic<int> SignalRelay::event_fd_ = -1;

SignalRelay& SignalRelay::instance() {
  static auto* const relay = new SignalRelay;
  return *relay;
}

SignalRelay::SignalRelay() {
  event_fd_ = eventfd(0, EFD_CLOEXEC);
  // The application's threads continue to receive its signals.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([this] { run(); }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

SignalRelay::Ticket SignalRelay::add(std::function<void()> action) {
  auto entry = std::make_unique<Entry>();
  entry->action = std::move(action);
  auto entries = entries_.lock();
  entries->push_back(std::move(entry));
  return entries->back().get();
}

void SignalRelay::remove(Ticket ticket) {
  if (ticket == nullptr) return;
  std::erase_if(*instance().entries_.lock(),
                [ticket](const auto& entry) { return entry.get() == ticket; });
}

void SignalRelay::raise(Ticket ticket) {
  if (ticket == nullptr) return;
  const int saved_errno = errno;
  ticket->raised = true;
  const std::uint64_t one = 1;
  // An eventfd that is full is being read.
  [[maybe_unused]] const ssize_t written = write(event_fd_, &one, sizeof one);
  errno = saved_errno;
}

void SignalRelay::run() {
  for (;;) {
    std::uint64_t count = 0;
    if (read(event_fd_, &count, sizeof count) < 0 && errno != EINTR) return;
    const auto entries = entries_.lock();
    for (const auto& entry : *entries) {
      if (entry->raised.exchange(false)) entry->action();
    }
  }
}

}  // namespace airforce
