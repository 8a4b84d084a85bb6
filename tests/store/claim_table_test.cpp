// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules of claims and slots are written twice: in C++ for SQLite (claim_rules.cpp), and in Lua,
// because with Redis they have to run inside the engine. One table over both: they must agree.
#include <random>

#include <gtest/gtest.h>

#include "redis_server.h"
#include "store/claim_rules.h"
#include "store/redis_connection.h"
#include "store/redis_scripts.h"

namespace airforce::testing {
namespace {

constexpr int kRandomRows = 200;

// Writes the intent with the id ARGV[1] of the account ARGV[2] as the newest of its equal requests.
const RedisScript& writer() {
  static const RedisScript script(R"lua(
    local id, account, state, owner, claimed, sending, expires = unpack(ARGV)
    save({id = id, account = account, request = 'request', model = 'm', summary = 's', state = state,
          task_id = 'task-' .. id, claimed_at = claimed, sending_at = sending, expires_at = expires,
          cost_cents = '1', owner = owner, token = id, sent_at = '0', budget = '', budget_sum = '0',
          budget_units = '0', budget_state = '0'})
    redis.call('ZADD', slots_key(account), next_number(), id)
    if owner ~= '0' then
      redis.call('ZADD', OWNERS, now_ms + 3600000, owner)
      redis.call('ZADD', HEARD, now_ms, owner)
    end
    return 0
  )lua");
  return script;
}

class ClaimTable : public ::testing::Test {
 protected:
  void SetUp() override {
    if (redis_programs().empty())
      GTEST_SKIP() << "neither redis-server nor valkey-server is installed";
    server_ = std::make_unique<RedisServer>(redis_programs().front());
    redis_ = std::make_unique<RedisConnection>(RedisAddress(server_->uri()), WaitTimeout(5));
    now_ = std::stoll(redis_->command({"TIME"}).text(0));
  }

  Intent an_intent(IntentState state, bool owned, std::int64_t expires_in) {
    Intent intent;
    intent.id = ++last_id_;
    intent.state = state;
    intent.owned = owned;
    intent.claimed_at = now_ - 100;
    intent.sending_at = state == IntentState::Claimed ? 0 : now_ - 90;
    intent.expires_at = now_ + expires_in;
    return intent;
  }

  // The same intents once more, as others of the engine.
  void give_ids(std::vector<Intent>& intents) {
    for (Intent& intent : intents) {
      intent.id = ++last_id_;
      const bool has_task =
          intent.state != IntentState::Claimed && intent.state != IntentState::Sending;
      if (has_task) intent.task_id = "task-" + std::to_string(intent.id);
    }
  }

  void write(const std::string& account, const Intent& intent) {
    redis_->run(writer(),
                {std::to_string(intent.id), account, std::to_string(static_cast<int>(intent.state)),
                 intent.owned ? "another" : "0", std::to_string(intent.claimed_at),
                 std::to_string(intent.sending_at), std::to_string(intent.expires_at)});
  }

  // What both make of one row of the table.
  void expect_agreement(const std::vector<Intent>& equal, Reusable reusable,
                        const std::string& cached_task = {}) {
    const std::string account = "account-" + std::to_string(++last_id_);
    std::string row = "reusable " + std::to_string(static_cast<int>(reusable)) + ":";
    for (const Intent& intent : equal) {
      write(account, intent);
      row += std::string(" ") + name_of(intent.state) + (intent.owned ? ", owned" : "") +
             (intent.expires_at < now_ ? ", expired;" : ";");
    }
    const ClaimChoice ours = choose_claim(equal, reusable, now_, cached_task);
    static const RedisScript claim(lua::claim);
    const std::string fresh = std::to_string(++last_id_);
    // Requested long ago: whether a living owner is heard is not in this table.
    const RedisReply theirs = redis_->run(
        claim, {account, "request", "m", "s", std::to_string(static_cast<int>(reusable)), "me",
                fresh, "1", cached_task});
    static const char* const kNames[] = {"new", "resume", "finished", "wait"};
    EXPECT_EQ(theirs.text(0), kNames[static_cast<int>(ours.kind)]) << row;
    if (ours.intent == nullptr && ours.kind != Claim::Kind::New) {
      EXPECT_TRUE(theirs.texts(1).empty()) << row << " only the cache remembers it";
      return;
    }
    const std::string chosen = ours.intent != nullptr ? std::to_string(ours.intent->id) : fresh;
    EXPECT_EQ(theirs.texts(1).at(0), chosen) << row;
  }

  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<RedisConnection> redis_;
  std::int64_t now_ = 0;
  std::int64_t last_id_ = 0;
};

constexpr IntentState kStates[] = {IntentState::Claimed, IntentState::Sending,
                                   IntentState::Created, IntentState::Delivered,
                                   IntentState::Failed,  IntentState::Abandoned};
constexpr Reusable kReusable[] = {Reusable::Nothing, Reusable::Unfinished, Reusable::Finished};

TEST_F(ClaimTable, has_the_same_claims_in_both_languages) {
  const auto each_intent = [&](const std::function<void(const Intent&)>& with) {
    for (const auto state : kStates) {
      for (const bool owned : {false, true}) {
        if (owned && is_settled(state)) continue;
        for (const int expires_in : {1000, -1000}) with(an_intent(state, owned, expires_in));
      }
    }
  };
  for (const auto reusable : kReusable) {
    expect_agreement({}, reusable);
    each_intent([&](const Intent& intent) { expect_agreement({intent}, reusable); });
  }
  std::minstd_rand random(7);
  for (int row = 0; row < kRandomRows; ++row) {
    std::vector<Intent> equal;
    for (auto left = 2 + random() % 3; left > 0; --left) {
      const IntentState state = kStates[random() % std::size(kStates)];
      equal.push_back(an_intent(state, !is_settled(state) && random() % 3 == 0,
                                random() % 4 == 0 ? -1000 : 1000));
    }
    expect_agreement(equal, kReusable[random() % std::size(kReusable)]);
    // With the clip of one of them, or of none of them, in the cache.
    const std::size_t one = random() % equal.size();
    for (const auto reusable : kReusable) {
      give_ids(equal);
      expect_agreement(equal, reusable, equal[one].task_id);
    }
    give_ids(equal);
    expect_agreement(equal, Reusable::Finished, "task-of-nobody");
  }
}

TEST_F(ClaimTable, has_the_same_unreported_lives_in_both_languages) {
  for (const std::int64_t age : {kTaskLifeSeconds - 60, kTaskLifeSeconds + 60}) {
    for (const auto state : {IntentState::Sending, IntentState::Delivered}) {
      Intent intent = an_intent(state, false, 0);
      intent.expires_at = 0;
      intent.claimed_at = now_ - age - 5;
      intent.sending_at = now_ - age;
      expect_agreement({intent}, Reusable::Finished);
    }
  }
}

TEST_F(ClaimTable, has_the_same_slots_of_dead_owners_in_both_languages) {
  for (const auto state : kStates) {
    for (const int age : {0, kLostSlotSeconds - 30, kLostSlotSeconds + 30, kOrphanSlotSeconds - 30,
                          kOrphanSlotSeconds + 30, -86400}) {
      const std::string account = "slots-" + std::to_string(++last_id_);
      Intent intent = an_intent(state, false, 7200);
      intent.sending_at = now_ - age;
      write(account, intent);
      static const RedisScript intents(lua::intents);
      const RedisReply listed = redis_->run(intents, {account, "10"});
      const bool counts = listed.size() == 1 && listed.texts(0).at(19) == "1";
      EXPECT_EQ(counts, orphan_counts(state, intent.sending_at, now_)) << name_of(state) << age;
    }
  }
}

}  // namespace
}  // namespace airforce::testing
