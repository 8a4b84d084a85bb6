// SPDX-License-Identifier: LGPL-2.1-or-later
#include "given.h"

#include <chrono>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace airforce::testing {

RequestIdentity request_named(const std::string& name, const std::string& account) {
  return {account, "hash-of-" + name, "wan-2.6", name};
}

Claim sure_claim(Store& store, const RequestIdentity& identity, Reusable reusable) {
  for (;;) {
    Claim claim = store.claim(identity, reusable);
    if (claim.kind != Claim::Kind::Wait) return claim;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void write_file_from_outside(const std::string& path, const std::string& content) {
  const pid_t child = fork();
  if (child == 0) {
    write_file(path, content);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

}  // namespace airforce::testing
