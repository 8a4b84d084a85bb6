// SPDX-License-Identifier: LGPL-2.1-or-later
#include "purchase_model.h"

#include <algorithm>

#include "generation/gone.h"
#include "generation/timeouts.h"
#include "product_rules.h"

namespace airforce::model {
namespace {

using Status = Job::Status;

class Stepper {
 public:
  Stepper(const World& world, const Limits& limits) : world_(world), limits_(limits) {}

  std::vector<Step> all() {
    for (std::size_t n = 0; n < world_.processes.size(); ++n) {
      who_ = static_cast<Byte>(n);
      const Process& process = world_.processes[n];
      if (process.suspended) {
        lease_ends();
        continues();
        continue;
      }
      work(process.next);
      if (process.next != Next::Stopped && process.next != Next::Done) breaks();
    }
    for (std::size_t n = 0; n < world_.jobs.size(); ++n) service(static_cast<Byte>(n));
    time_passes();
    for (Step& step : steps_) {  // what an ended run remembers makes no difference
      for (Process& process : step.world.processes) {
        if (process.next == Next::Stopped || process.next == Next::Done)
          process = {process.next, kNone, kNone, false, false, process.runs};
      }
    }
    return std::move(steps_);
  }

 private:
  World& add(const std::string& what) {
    const std::string name =
        who_ == kNone ? "" : std::string(1, static_cast<char>('A' + who_)) + " ";
    steps_.push_back({name + what, world_});
    return steps_.back().world;
  }
  Process& me(World& world) const { return world.processes.at(static_cast<std::size_t>(who_)); }
  Row& my_row(World& world) const {
    return world.rows.at(static_cast<std::size_t>(me(world).intent));
  }

  void work(Next next) {
    switch (next) {
      case Next::Claim: claim(); break;
      case Next::Ask: ask(); break;
      case Next::Post: post(); break;
      case Next::Answer: answer(); break;
      case Next::LookUp: look_up(); break;
      case Next::Follow: follow(); break;
      case Next::Consume: consume(); break;
      case Next::Stopped:
      case Next::Done: run_again(); break;
    }
  }

  // What dead owners had only claimed.
  static void remove_dead_claims(World& world) {
    for (Row& row : world.rows) {
      const bool dead = row.owner == kNone || !row.leased;
      if (row.state == IntentState::Claimed && dead) row = {IntentState::Abandoned};
    }
  }

  // --- The store's calls -------------------------------------------------------------------------

  void claim() {
    World& world = add("claims");
    remove_dead_claims(world);
    std::vector<Intent> intents;
    const ClaimChoice choice = choose(world.rows, intents, kNone);
    Process& process = me(world);
    process.job = kNone;
    switch (choice.kind) {
      case Claim::Kind::New:
        world.rows.push_back({IntentState::Claimed, kNone, who_});
        process.intent = static_cast<Byte>(world.rows.size() - 1);
        process.next = Next::Ask;
        break;
      case Claim::Kind::Resume: {
        process.intent = static_cast<Byte>(choice.intent->id);
        Row& row = my_row(world);
        row.owner = who_;
        row.leased = true;
        process.next = row.state == IntentState::Created ? Next::Follow : Next::LookUp;
        break;
      }
      case Claim::Kind::Finished: process.next = Next::Done; break;
      case Claim::Kind::Wait: steps_.pop_back(); break;  // asks again
    }
  }

  // Still ours, or claimed once more because nothing else is available.
  void ask() {
    World& world = add("asks for permission to send");
    Process& process = me(world);
    Row& row = my_row(world);
    const bool removed = row.state == IntentState::Abandoned;
    if (removed) remove_dead_claims(world);
    const bool ours =
        removed ? nothing_is_available(world.rows, process.intent) : row.owner == who_;
    if (!ours) {
      process.next = Next::Claim;
      return;
    }
    row = {IntentState::Sending, kNone, who_};
    process.stale = false;
    process.next = Next::Post;
  }

  // `job`: kNone for an id that the service does not know.
  void record_task(World& world, Byte job) {
    Row& row = my_row(world);
    const bool has_id = row.task != kNone || row.wrong_id;
    const bool of_another = row.owner != who_ && has_id && (job == kNone || row.task != job);
    const bool is_wrong = job == kNone;
    if (of_another) {  // neither task is forgotten
      world.rows.push_back({IntentState::Created, job, who_, true, false, is_wrong});
      me(world).intent = static_cast<Byte>(world.rows.size() - 1);
    } else if (row.owner == who_ || row.state < IntentState::Created) {
      row.state = IntentState::Created;
      row.task = job;
      row.wrong_id = is_wrong;
    }
    me(world).next = Next::Follow;
  }

  void settle(World& world, IntentState state) {
    Row& row = my_row(world);
    // An earlier owner came to know the task after all.
    if (state == IntentState::Abandoned && row.task != kNone) state = row.state;
    if (row.owner == who_ || (row.task != kNone && state > row.state && !is_settled(row.state))) {
      row.state = state;
      row.owner = kNone;
    }
  }

  void release(World& world) {
    if (Row& row = my_row(world); row.owner == who_) row.owner = kNone;
    me(world).next = Next::Stopped;
  }

  // --- A process ---------------------------------------------------------------------------------

  void post() {
    const bool stale = world_.processes[static_cast<std::size_t>(who_)].stale;
    if (stale && !limits_.posts_on_an_old_permission) {  // sending_holds_seconds()
      ask();
      return;
    }
    World& world = add("posts");
    world.jobs.push_back({Status::UnderWay, me(world).intent});
    me(world).job = static_cast<Byte>(world.jobs.size() - 1);
    me(world).next = Next::Answer;
  }

  void answer() {
    const Byte job = world_.processes[static_cast<std::size_t>(who_)].job;
    const Job& made = world_.jobs.at(static_cast<std::size_t>(job));
    if (made.paid() || made.status == Status::Failed) {
      record_task(add("hears the task's id"), job);
      if (world_.faults < limits_.faults) {
        World& world = add("hears an id that the service does not know");
        ++world.faults;
        record_task(world, kNone);
      }
    }
    for (const Error& error : answers_without_a_task()) {
      const bool unknown = says_nothing_of_the_task(error);
      const bool possible = unknown || made.status == Status::UnderWay;
      if (!possible || (!unknown && world_.faults >= limits_.faults)) continue;
      World& world = add("is answered " + std::to_string(error.http_status));
      world.faults += unknown ? 0 : 1;
      if (!unknown) world.jobs.at(static_cast<std::size_t>(job)).status = Status::Never;
      switch (create_outcome(error)) {
        case CreateOutcome::NotDelivered:
        case CreateOutcome::Paced: me(world).next = Next::Ask; break;
        case CreateOutcome::Refused:
          settle(world, IntentState::Abandoned);
          me(world).next = Next::Stopped;
          break;
        case CreateOutcome::Unknown:
        case CreateOutcome::Cancelled: me(world).next = Next::LookUp; break;
      }
    }
  }

  // Adopts by proof only; else no POST in the run whose create is unknown, and none before
  // everything that was sent then has arrived.
  void look_up() {
    const LostTaskMatch match =
        judge_list(unknown_tasks(world_, limits_.echoed_prompts), lost_create());
    World& world = add("looks for the task: " +
                       (match.ours ? "proven" : std::to_string(match.candidates.size()) + " fit"));
    const bool may_buy =
        me(world).job == kNone && (my_row(world).old || limits_.buys_when_the_list_shows_nothing);
    if (match.ours) {
      record_task(world, static_cast<Byte>(std::stoi(match.ours->task_id)));
    } else if (match.candidates.empty() && may_buy) {
      settle(world, my_row(world).wrong_id ? IntentState::Failed : IntentState::Abandoned);
      me(world).next = Next::Claim;
    } else if (limits_.forgets_lost_creates) {
      settle(world, IntentState::Abandoned);
      me(world).next = Next::Stopped;
    } else {
      release(world);
    }
  }

  void follow() {
    const Process& process = world_.processes[static_cast<std::size_t>(who_)];
    const Row& row = world_.rows.at(static_cast<std::size_t>(process.intent));
    if (row.task == kNone) {
      if (!row.wrong_id) return;
      World& world = add("finds that the service does not know its id");
      me(world).next = Next::LookUp;
      if (limits_.takes_an_unknown_id_for_gone) {
        settle(world, IntentState::Failed);
        me(world).next = Next::Stopped;
      }
      return;
    }
    const Job& job = world_.jobs.at(static_cast<std::size_t>(row.task));
    for (const bool is_json : {false, true}) {  // a proxy's page, or a replica that lags
      Error not_found = answered(404);
      not_found.is_json = is_json;
      if (!GoneRule(kGone).failed(not_found, 0, kNow + 3600, kNow)) continue;  // asks again
      World& world = add("takes the task for gone");
      settle(world, IntentState::Failed);
      me(world).next = Next::Stopped;
    }
    if (job.status == Status::Completed) me(add("has the clip")).next = Next::Consume;
    if (job.status == Status::Failed) {
      World& world = add("hears that the task failed");
      settle(world, IntentState::Failed);
      me(world).next = Next::Stopped;
    }
  }

  void consume() {
    World& world = add("delivers");
    settle(world, IntentState::Delivered);
    me(world).next = Next::Done;
    if (world_.faults < limits_.faults) {
      World& failed = add("has a consumer that fails");
      ++failed.faults;
      release(failed);
    }
  }

  void run_again() {
    World& world = add("is run");
    Process& process = me(world);
    if (process.runs >= limits_.runs) {
      steps_.pop_back();
      return;
    }
    process = {Next::Claim, kNone, kNone, false, false, static_cast<Byte>(process.runs + 1)};
  }

  // --- Faults ------------------------------------------------------------------------------------

  void breaks() {
    if (world_.faults >= limits_.faults) return;
    World& killed = add("is killed");
    ++killed.faults;
    for (Row& row : killed.rows) {
      if (row.owner == who_) row.owner = kNone;
    }
    me(killed) = {Next::Stopped, kNone, kNone, false, false, me(killed).runs};
    World& stopped = add("is suspended");
    ++stopped.faults;
    me(stopped).suspended = true;
  }

  void lease_ends() {
    World& world = add("loses its lease");
    me(world).stale = true;
    bool had = false;
    for (Row& row : world.rows) {
      if (row.owner != who_ || !row.leased) continue;
      row.leased = false;
      had = true;
    }
    if (!had) steps_.pop_back();
  }

  void continues() {
    World& world = add("continues");
    me(world).suspended = false;
    for (Row& row : world.rows) {
      if (row.owner == who_) row.leased = true;  // its heartbeat
    }
  }

  // --- The service, and time ---------------------------------------------------------------------

  void service(Byte n) {
    who_ = kNone;
    const auto index = static_cast<std::size_t>(n);
    const Job& job = world_.jobs[index];
    const std::string name = "task " + std::to_string(n);
    switch (job.status) {
      case Status::UnderWay:
        add(name + " is created").jobs[index].status = Status::Running;
        // Where prompts prove whose task it is, its time makes no difference.
        if (!limits_.echoed_prompts) {
          Job& late = add(name + " is created late").jobs[index];
          late.status = Status::Running;
          late.late = true;
        }
        add(name + " is never created").jobs[index].status = Status::Never;
        break;
      case Status::Running:
        add(name + " completes").jobs[index].status = Status::Completed;
        if (world_.faults < limits_.faults) {
          World& failed = add(name + " fails");
          failed.jobs[index].status = Status::Failed;
          ++failed.faults;
        }
        break;
      default: break;
    }
    if (job.status != Status::UnderWay && job.status != Status::Never && !job.listed)
      add(name + " is listed").jobs[index].listed = true;
  }

  // Longer than a gateway's service works on a create, than lists lag, and than any lease. What a
  // process that is healthy does in one step takes less.
  void time_passes() {
    who_ = kNone;
    if (world_.times >= limits_.times) return;
    const bool under_way = std::any_of(world_.jobs.begin(), world_.jobs.end(), [](const Job& job) {
      return job.status == Status::UnderWay || (job.status != Status::Never && !job.listed);
    });
    const auto& processes = world_.processes;
    const bool busy = std::any_of(processes.begin(), processes.end(), [](const Process& process) {
      return !process.suspended && (process.next == Next::Post || process.next == Next::Answer ||
                                    process.next == Next::LookUp);
    });
    if (under_way || busy) return;
    World& world = add("time passes");
    ++world.times;
    for (Row& row : world.rows)
      row.old = row.old || row.state == IntentState::Sending || row.wrong_id;
    for (Process& process : world.processes) process.stale = process.stale || process.suspended;
  }

  const World& world_;
  const Limits& limits_;
  Byte who_ = kNone;
  std::vector<Step> steps_;
};

}  // namespace

World first_world(const Limits& limits) {
  World world;
  if (limits.other_client) world.jobs.push_back({Status::Running, kNone, true});
  return world;
}

std::vector<Step> steps(const World& world, const Limits& limits) {
  return Stepper(world, limits).all();
}

}  // namespace airforce::model
