// SPDX-License-Identifier: LGPL-2.1-or-later
// A model of a purchase: two processes that want the same clip, their store, and the service, with
// every fault that a purchase is promised to survive. Small values, so that all states can be
// visited. Decisions are made by the product's own functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "store/store.h"

namespace airforce::model {

using Byte = std::int8_t;
inline constexpr Byte kNone = -1;

// What a process does next.
enum class Next : Byte {
  Claim,    // Store::claim
  Ask,      // Store::sending
  Post,     // permission is there
  Answer,   // the POST has left
  LookUp,   // the outcome is unknown: the list of tasks is read
  Follow,   // the task is known
  Consume,  // the clip is complete
  Stopped,  // by an error, or a crash; a person may run it again
  Done,
};

struct Process {
  Next next = Next::Stopped;
  Byte intent = kNone;
  Byte job = kNone;        // of the POST of this run
  bool suspended = false;  // SIGSTOP, a virtual machine, a partition
  bool stale = false;      // it was, for longer than its lease
  Byte runs = 0;
  auto operator<=>(const Process&) const = default;
};

// A row of the store.
struct Row {
  IntentState state = IntentState::Claimed;
  Byte task = kNone;      // a job
  Byte owner = kNone;     // a process
  bool leased = true;     // its owner is taken for alive
  bool old = false;       // a create that was sent then has arrived, or never will
  bool wrong_id = false;  // Created, and the service does not know the id of its answer
  auto operator<=>(const Row&) const = default;
};

// A POST, and the task that it makes.
struct Job {
  enum class Status : Byte { UnderWay, Running, Completed, Failed, Never };
  Status status = Status::UnderWay;
  Byte intent = kNone;  // kNone: another client's
  bool listed = false;  // the list shows it; lists lag
  bool late = false;    // it was created long after its POST
  auto operator<=>(const Job&) const = default;
  bool paid() const { return status == Status::Running || status == Status::Completed; }
};

struct World {
  std::array<Process, 2> processes;
  std::vector<Row> rows;
  std::vector<Job> jobs;
  Byte faults = 0;
  Byte times = 0;
  auto operator<=>(const World&) const = default;
};

struct Limits {
  bool echoed_prompts = true;  // the list has the prompts
  bool other_client = false;   // one that made a task in the same second
  Byte runs = 2;               // of each process
  Byte faults = 2;             // crashes, suspensions, refusals, failures of tasks and consumers
  // What a client could do wrong; the model has to find what that leads to.
  bool posts_on_an_old_permission = false;
  bool buys_when_the_list_shows_nothing =
      false;  // though the first create may still be carried out
  bool forgets_lost_creates = false;
  bool takes_an_unknown_id_for_gone = false;
  Byte times = 2;  // that everything under way ends, and every lease
};

struct Step {
  std::string what;
  World world;
};

World first_world(const Limits& limits);
// All that may happen next.
std::vector<Step> steps(const World& world, const Limits& limits);
// What is promised of every world; "" or what is wrong.
std::string broken_promise(const World& world);

}  // namespace airforce::model
