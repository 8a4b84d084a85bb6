// SPDX-License-Identifier: LGPL-2.1-or-later
// What a test of the store gives: a clock, requests, files.
#pragma once

#include <cstdint>
#include <string>

#include "store/store.h"
#include "support/temp_dir.h"
#include "values/clock.h"

namespace airforce::testing {

using test::read_file;
using test::TempDir;
using test::write_file;

// A clock that stands still until it is set.
struct GivenClock final : Clock {
  double elapsed_seconds = 1000;
  std::int64_t unix_seconds = 1'715'000'000;
  double elapsed() const override { return elapsed_seconds; }
  std::int64_t unix_time() const override { return unix_seconds; }
  void advance(std::int64_t seconds) {
    elapsed_seconds += static_cast<double>(seconds);
    unix_seconds += seconds;
  }
};

// An equal identity for an equal name.
RequestIdentity request_named(const std::string& name, const std::string& account = "account");

// Asks until the claim is no longer in doubt whether an owner lives (Claim::Kind::Wait).
Claim sure_claim(Store& store, const RequestIdentity& identity,
                 Reusable reusable = Reusable::Unfinished);

// write_file() by a process of its own: a close() of a database in this one would drop SQLite's
// locks.
void write_file_from_outside(const std::string& path, const std::string& content);

}  // namespace airforce::testing
