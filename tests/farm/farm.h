// SPDX-License-Identifier: LGPL-2.1-or-later
// A render farm: machines with workers of their own, one list of prompts, one key, one store.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/process.h"
#include "support/temp_dir.h"

namespace airforce::test {

// Its own directories and its own clock; killed processes are all that it has in common with the
// others, but for the network.
struct Machine {
  Machine(std::string store_uri, std::string store_password, int clock_seconds);

  // The environment of a program on it.
  std::map<std::string, std::string> environment() const;
  std::string clip(const std::string& prompt) const { return home.file(prompt + ".mp4"); }

  TempDir home;
  const std::string store;
  const std::string password;  // for AIRFORCE_STORE_PASSWORD
  const int clock_offset;      // seconds
};

// Whoever is free takes the next prompt; a killed worker's goes back to the front of the list.
class Farm {
 public:
  // `service`: the environment that leads to the API. `restart_seconds`: how long a worker that was
  // killed, or failed, is away.
  Farm(std::vector<std::unique_ptr<Machine>> machines, int workers_per_machine, int prompts,
       std::map<std::string, std::string> service, double restart_seconds);
  ~Farm();
  Farm(const Farm&) = delete;
  Farm& operator=(const Farm&) = delete;

  bool finished() const { return done_ == prompts_; }
  // SIGKILL for one that has something to do. False if nobody had.
  bool kill_a_worker(std::minstd_rand& random);

  int done() const { return done_; }
  int kills() const { return kills_; }
  // Prompts that ended on another machine than they began on.
  int moved() const { return moved_; }
  int failures() const { return failures_; }
  // What the workers said whose run failed, the killed ones aside.
  std::string complaints() const;

 private:
  struct Work {
    std::string prompt;
    const Machine* began_on = nullptr;
  };
  struct Worker {
    const Machine* machine = nullptr;
    std::mutex mutex;  // protects the two below
    std::unique_ptr<Process> process;
    bool killed = false;
    std::thread thread;
  };
  void live(Worker& worker);
  void carry_out(Worker& worker, Work work);

  const std::vector<std::unique_ptr<Machine>> machines_;
  const std::map<std::string, std::string> service_;
  const int prompts_;
  const double restart_seconds_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> done_ = 0;
  std::atomic<int> kills_ = 0;
  std::atomic<int> moved_ = 0;
  std::atomic<int> failures_ = 0;
  mutable std::mutex mutex_;  // protects the two below
  std::deque<Work> list_;
  std::string complaints_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace airforce::test
