// SPDX-License-Identifier: LGPL-2.1-or-later
#include "farm.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>

namespace airforce::test {
namespace {

void nap(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace

Machine::Machine(std::string store_uri, std::string store_password, int clock_seconds)
    : store(std::move(store_uri)),
      password(std::move(store_password)),
      clock_offset(clock_seconds) {}

std::map<std::string, std::string> Machine::environment() const {
  std::map<std::string, std::string> variables = {
      {"XDG_STATE_HOME", home.path()},
      {"XDG_CACHE_HOME", home.path()},
      {"AIRFORCE_STORE", store},
  };
  if (!password.empty()) variables["AIRFORCE_STORE_PASSWORD"] = password;
#ifdef OTHER_CLOCK
  variables["LD_PRELOAD"] = OTHER_CLOCK;
  variables["OTHER_CLOCK_SECONDS"] = std::to_string(clock_offset);
#endif
  return variables;
}

Farm::Farm(std::vector<std::unique_ptr<Machine>> machines, int workers_per_machine, int prompts,
           std::map<std::string, std::string> service, double restart_seconds)
    : machines_(std::move(machines)),
      service_(std::move(service)),
      prompts_(prompts),
      restart_seconds_(restart_seconds) {
  for (int n = 0; n < prompts; ++n) list_.push_back({"prompt-" + std::to_string(n), nullptr});
  for (const auto& machine : machines_) {
    for (int n = 0; n < workers_per_machine; ++n) {
      workers_.push_back(std::make_unique<Worker>());
      workers_.back()->machine = machine.get();
    }
  }
  for (const auto& worker : workers_)
    worker->thread = std::thread([this, &worker = *worker] { live(worker); });
}

Farm::~Farm() {
  stop_ = true;
  for (const auto& worker : workers_) worker->thread.join();
}

void Farm::live(Worker& worker) {
  while (!stop_ && !finished()) {
    std::optional<Work> work;
    {
      const std::lock_guard lock(mutex_);
      if (!list_.empty()) {
        work = list_.front();
        list_.pop_front();
      }
    }
    if (work)
      carry_out(worker, *work);
    else
      nap(0.02);
  }
}

void Farm::carry_out(Worker& worker, Work work) {
  const Machine& machine = *worker.machine;
  const std::string clip = machine.clip(work.prompt);
  Command command;
  command.arguments = {AIRFORCE_VIDEO_PATH, "generate", "--model", "ltx-mini",
                       "--output",          clip,       "--",      work.prompt};
  command.environment = machine.environment();
  command.environment.insert(service_.begin(), service_.end());
  {
    const std::lock_guard lock(worker.mutex);
    worker.process = std::make_unique<Process>(command);
    worker.killed = false;
  }
  for (;;) {
    {
      const std::lock_guard lock(worker.mutex);
      if (stop_ || worker.process->ended()) break;
    }
    nap(0.01);
  }
  std::unique_ptr<Process> process;
  bool killed = false;
  {
    const std::lock_guard lock(worker.mutex);
    process = std::move(worker.process);
    killed = worker.killed;
  }
  if (stop_) return;
  const bool moved = work.began_on != nullptr && work.began_on != &machine;
  // Whoever was killed behind the end has its clip, and asking again would rightly buy another.
  if (std::filesystem::exists(clip)) {
    moved_ += moved ? 1 : 0;
    ++done_;
    return;
  }
  if (work.began_on == nullptr) work.began_on = &machine;
  {
    const std::lock_guard lock(mutex_);
    list_.push_front(work);
    if (!killed) complaints_ += process->errors();
  }
  if (!killed) ++failures_;
  nap(restart_seconds_);
}

bool Farm::kill_a_worker(std::minstd_rand& random) {
  const std::size_t first = random() % workers_.size();
  for (std::size_t n = 0; n < workers_.size(); ++n) {
    Worker& worker = *workers_[(first + n) % workers_.size()];
    const std::lock_guard lock(worker.mutex);
    if (worker.process == nullptr || worker.killed || worker.process->ended()) continue;
    worker.process->signal(SIGKILL);
    worker.killed = true;
    ++kills_;
    return true;
  }
  return false;
}

std::string Farm::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

}  // namespace airforce::test
