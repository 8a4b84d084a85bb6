// SPDX-License-Identifier: LGPL-2.1-or-later
// The faults' grammar, and which request they hit.
#include "service/fault.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace airforce::simulator {
namespace {

std::string complaint(const std::string& spec) {
  try {
    parse_fault(spec);
    return {};
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(Fault, reads_several_effects) {
  const Fault fault = parse_fault("create:status=503,retry-after=2,times=1,after=3");
  EXPECT_EQ(fault.step, "create");
  EXPECT_EQ(fault.status, 503);
  EXPECT_EQ(fault.retry_after, "2");
  EXPECT_EQ(fault.times, 1);
  EXPECT_EQ(fault.after, 3);
}

TEST(Fault, takes_a_message_with_commas) {
  const Fault fault = parse_fault("task:failed,type=safety,message=no, not this, sorry");
  EXPECT_EQ(fault.error_type, "safety");
  EXPECT_EQ(fault.error_message, "no, not this, sorry");
}

TEST(Fault, says_what_is_wrong_with_a_spec) {
  EXPECT_NE(complaint("poll").find("it says no effect"), std::string::npos);
  EXPECT_NE(complaint("poll:").find("it says no effect"), std::string::npos);
  EXPECT_NE(complaint("pol:reset-before").find("there is no step \"pol\""), std::string::npos);
  EXPECT_NE(complaint("poll:bom").find("step poll has no fault \"bom\""), std::string::npos);
  EXPECT_NE(complaint("poll:status").find("status needs a value"), std::string::npos);
  EXPECT_NE(complaint("poll:reset-before=1").find("takes no value"), std::string::npos);
  EXPECT_NE(complaint("poll:status=many").find("not a whole number"), std::string::npos);
  EXPECT_NE(complaint("poll:status=99").find("status"), std::string::npos);
  EXPECT_NE(complaint("poll:body=nice").find("is none of"), std::string::npos);
  EXPECT_NE(complaint("download:no-range,,no-length").find("no fault \"\""), std::string::npos);
}

/// Which of the next requests of a step are hit: "x" or ".".
std::string hits(Faults& faults, const std::string& step, int count) {
  std::string pattern;
  for (int i = 0; i < count; ++i) pattern += faults.strike(step) ? 'x' : '.';
  return pattern;
}

TEST(Faults, hit_their_own_step_only) {
  Faults faults(0);
  faults.add(parse_fault("poll:reset-before"));
  EXPECT_EQ(hits(faults, "create", 3), "...");
  EXPECT_EQ(hits(faults, "poll", 3), "xxx");
}

TEST(Faults, spare_the_first_and_hit_so_many) {
  Faults faults(0);
  faults.add(parse_fault("poll:reset-before,after=2,times=3"));
  EXPECT_EQ(hits(faults, "poll", 8), "..xxx...");
}

TEST(Faults, follow_each_other) {
  Faults faults(0);
  faults.add(parse_fault("poll:status=500,times=1"));
  faults.add(parse_fault("poll:status=502,times=1"));
  EXPECT_EQ(faults.strike("poll")->status, 500);
  EXPECT_EQ(faults.strike("poll")->status, 502);
  EXPECT_FALSE(faults.strike("poll"));
}

TEST(Faults, chance_repeats_with_the_same_seed) {
  const auto pattern = [](uint64_t seed) {
    Faults faults(seed);
    faults.add(parse_fault("poll:reset-before,probability=0.5"));
    return hits(faults, "poll", 64);
  };
  EXPECT_EQ(pattern(1), pattern(1));
  EXPECT_NE(pattern(1), pattern(2));
  EXPECT_NE(pattern(1).find('x'), std::string::npos);
  EXPECT_NE(pattern(1).find('.'), std::string::npos);
}

TEST(FaultHelp, names_every_step) {
  const std::string help = fault_help();
  for (const char* step : {"models", "create", "poll", "confirm", "stream", "list", "delete",
                           "download", "thumbnail", "task"})
    EXPECT_NE(help.find(step), std::string::npos) << step;
}

}  // namespace
}  // namespace airforce::simulator
