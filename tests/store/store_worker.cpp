// SPDX-License-Identifier: LGPL-2.1-or-later
// A process that owns things in a store: reads commands, one a line, and answers each with a line.
//
//   store_worker WHERE CACHE_DIRECTORY
//
//   claim NAME nothing|unfinished|finished    KIND STATE TASK|- [CLIP]
//   sending NAME, created NAME TASK, settle NAME STATE, release NAME, free NAME    ok
//   slot NAME LIMIT                           the place
//   reserve NAME CENTS                        the place, with a share of the budget "spots" of 500
//   post NAME LEDGER                          ok; buys, asking for permission again if that is old
//   buy NAME LEDGER                           bought or found; a purchase is a line in the LEDGER
//   hammer SEED LEDGER                        buys for ever, and resumes what others left
#include <chrono>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <thread>

#include <unistd.h>

#include "given.h"
#include "ledger.h"
#include "store/open_store.h"
#include "values/error.h"

namespace airforce::testing {
namespace {

const char* name_of(Claim::Kind kind) {
  switch (kind) {
    case Claim::Kind::New: return "new";
    case Claim::Kind::Resume: return "resume";
    case Claim::Kind::Finished: return "finished";
    case Claim::Kind::Wait: return "wait";
  }
  return "?";
}

Reusable reusable_named(const std::string& name) {
  if (name == "unfinished") return Reusable::Unfinished;
  return name == "finished" ? Reusable::Finished : Reusable::Nothing;
}

IntentState state_named(const std::string& name) {
  for (const auto state : {IntentState::Delivered, IntentState::Failed}) {
    if (name == airforce::name_of(state)) return state;
  }
  return IntentState::Abandoned;
}

void nap(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// Waits as a generation does: what dead owners bought ends at once here, so its slot is free.
void wait_for_slot(Store& store, std::int64_t intent) {
  while (store.take_slot(intent, 4) != 0) {
    for (const Intent& orphan : store.intents("account", 100)) {
      if (!orphan.owned && orphan.holds_slot) store.free_slot(orphan.id);
    }
    nap(1);
  }
}

// What a generation does with its intent, from a claim to the end.
void carry_out(Store& store, const Claim& claim, Ledger& ledger) {
  const std::int64_t intent = claim.intent.id;
  if (claim.intent.state != IntentState::Created) {
    std::string task = claim.intent.state == IntentState::Sending ? ledger.find(intent) : "";
    if (task.empty()) {
      wait_for_slot(store, intent);
      store.sending(intent, 0);
      task = ledger.buy(intent);
    }
    store.created(intent, task, 0, 320);
  }
  store.free_slot(intent);
  store.settle(intent, IntentState::Delivered);
}

class Worker {
 public:
  Worker(const std::string& where, const std::string& cache)
      : store_(open_store(where, std::make_unique<ClipCache>(cache, 1 << 20), system_clock())),
        scratch_(cache + "-of-" + std::to_string(getpid())) {}

  std::string carry_out(std::istringstream words) {
    std::string verb;
    std::string name;
    std::string argument;
    words >> verb >> name >> argument;
    if (verb == "claim") return claim(name, argument);
    if (verb == "buy") return buy(name, argument);
    if (verb == "hammer") hammer(static_cast<unsigned>(std::stoul(name)), Ledger(argument));
    const std::int64_t intent = intents_[name];
    if (verb == "slot") return std::to_string(store_->take_slot(intent, std::stoi(argument)));
    if (verb == "reserve") {
      const BudgetRequest budget{"spots", 500, std::stod(argument)};
      return std::to_string(store_->take_slot(intent, 4, budget));
    }
    if (verb == "sending") sending(intent);
    if (verb == "post") post(intent, argument);
    if (verb == "created") store_->created(intent, argument, 0, 320);
    if (verb == "settle") store_->settle(intent, state_named(argument));
    if (verb == "release") store_->release(intent);
    if (verb == "free") store_->free_slot(intent);
    return "ok";
  }

 private:
  std::string claim(const std::string& name, const std::string& reusable) {
    const Claim claim = store_->claim(request_named(name), reusable_named(reusable));
    intents_[name] = claim.intent.id;
    const std::string task = claim.intent.task_id.empty() ? "-" : claim.intent.task_id;
    return std::string(name_of(claim.kind)) + " " + airforce::name_of(claim.intent.state) + " " +
           task + (claim.clip_path.empty() ? "" : " " + claim.clip_path);
  }

  void sending(std::int64_t intent) {
    asked_at_ = system_clock().elapsed();
    store_->sending(intent, 0);
  }

  void post(std::int64_t intent, const std::string& path) {
    if (system_clock().elapsed() - asked_at_ >= store_->sending_holds_seconds()) sending(intent);
    Ledger(path).buy(intent);
  }

  std::string buy(const std::string& name, const std::string& path) {
    Ledger ledger(path);
    for (;; nap(2)) {
      const Claim claim = store_->claim(request_named(name), Reusable::Finished);
      if (claim.kind == Claim::Kind::Wait) continue;
      if (claim.kind == Claim::Kind::Finished) return "found";
      store_->sending(claim.intent.id, 0);
      store_->created(claim.intent.id, ledger.buy(claim.intent.id), 0, 320);
      nap(20);  // the task runs
      write_file(scratch_, "clip");
      store_->keep_clip(claim.intent.id, request_named(name), scratch_);
      store_->settle(claim.intent.id, IntentState::Delivered);
      return "bought";
    }
  }

  [[noreturn]] void hammer(unsigned seed, Ledger ledger) {
    std::minstd_rand random(seed);
    std::cout << "ready" << std::endl;
    for (;;) {
      const auto request = request_named("request-" + std::to_string(random() % 6));
      const Claim claim = sure_claim(*store_, request);
      testing::carry_out(*store_, claim, ledger);
    }
  }

  std::unique_ptr<Store> store_;
  std::string scratch_;
  double asked_at_ = 0;  // for permission to send, by the clock
  std::map<std::string, std::int64_t> intents_;
};

}  // namespace
}  // namespace airforce::testing

// Of clang's runtime, in a build that counts (-Dcoverage=true): else what a process that is killed
// has reached would be lost.
extern "C" [[gnu::weak]] int __llvm_profile_write_file();

int main(int, char** arguments) {
  try {
    airforce::testing::Worker worker(arguments[1], arguments[2]);
    for (std::string line; std::getline(std::cin, line);) {
      const std::string answer = worker.carry_out(std::istringstream(line));
      if (__llvm_profile_write_file != nullptr) __llvm_profile_write_file();
      std::cout << answer << std::endl;
    }
  } catch (const airforce::Error& error) {
    std::cout << "error " << error.text() << std::endl;
    return 1;
  }
}
