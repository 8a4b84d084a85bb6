// SPDX-License-Identifier: LGPL-2.1-or-later
// A running airforce-simulator: the whole API on free ports of this machine.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/process.h"

namespace airforce::test {

class Simulator {
 public:
  // `options`: of airforce-simulator, such as {"--fault", "poll:status=500,times=2"}. Returns when
  // it listens.
  explicit Simulator(std::vector<std::string> options = {});

  // AIRFORCE_BASE_URL and AIRFORCE_API_KEY, for a process that is to use it.
  const std::map<std::string, std::string>& environment() const { return environment_; }
  const std::string& base_url() const { return environment_.at("AIRFORCE_BASE_URL"); }
  const std::string& key() const { return environment_.at("AIRFORCE_API_KEY"); }

  // A number of its state by name, such as "creates", "balance_cents" or "in_flight"; -1 if there
  // is none.
  std::int64_t count(const std::string& name) const;
  // How many requests of a step ("poll", "download") it has had.
  std::int64_t requests(const std::string& step) const;
  // Its whole state, as JSON.
  std::string state() const;
  // More faults from now on, in the form of --fault.
  void add_fault(const std::string& fault) const;
  void clear_faults() const;

 private:
  std::string ask(const std::string& method, const std::string& path,
                  const std::string& body = {}) const;

  Process process_;
  std::map<std::string, std::string> environment_;
};

// Whether the simulators of this process speak the sdk dialect (AIRFORCE_TEST_DIALECT=sdk).
bool speaks_sdk_dialect();

// An MP4 to be served in place of rendering one (--clip), for tests to which the picture does not
// matter: `bytes` long, random behind its head.
std::string fake_clip(std::size_t bytes);

}  // namespace airforce::test
