// SPDX-License-Identifier: LGPL-2.1-or-later
// The engines that one suite of promises runs over, each in a place of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "given.h"
#include "store/open_store.h"

namespace airforce::testing {

// One place for a store: an empty one at first.
class Engine {
 public:
  virtual ~Engine() = default;
  // As for open_store().
  virtual std::string where() const = 0;
  // Fails the test if what the engine keeps is not sound.
  virtual void expect_sound() const {}
  // Returns when the store has to have noticed the death of a process.
  virtual void notice_death() const {}
  // How often the test of random kills does so.
  virtual int kill_rounds() const { return 25; }

  std::string cache_directory() const { return directory_.file("clips"); }
  std::string scratch(const std::string& name) const { return directory_.file(name); }
  std::unique_ptr<ClipCache> cache(std::int64_t limit = 1 << 20) const;
  std::unique_ptr<Store> open(const Clock& clock) const;

 protected:
  TempDir directory_;
};

struct EngineKind {
  std::string name;
  std::function<std::unique_ptr<Engine>()> make;
  friend void PrintTo(const EngineKind& kind, std::ostream* out) { *out << kind.name; }
};

// Those that this build and this machine have.
std::vector<EngineKind> engines();

}  // namespace airforce::testing
