// SPDX-License-Identifier: LGPL-2.1-or-later
// The command line and a service whose answers and events have any value in any field that is only
// shown: nothing is hidden, lost or bought twice.
#include <gtest/gtest.h>

#include "mutated_service.h"
#include "tool.h"
#include "values/mutations.h"

namespace airforce::test {
namespace {

class OddService : public testing::Test {
 protected:
  Finished run_tool(std::vector<std::string> arguments) const {
    Command command;
    arguments.insert(arguments.begin(), AIRFORCE_VIDEO_PATH);
    arguments.insert(arguments.begin() + 2, "--json");
    command.arguments = std::move(arguments);
    command.directory = directory_.path();
    command.environment = {{"AIRFORCE_BASE_URL", service_.url()},
                           {"AIRFORCE_API_KEY", "sk-air-of-a-test"},
                           {"XDG_STATE_HOME", directory_.path()},
                           {"XDG_CACHE_HOME", directory_.path()}};
    return run(command);
  }

  const TempDir directory_;
  const MutatedService service_;
};

TEST_F(OddService, has_every_task_and_model_listed) {
  const JsonLines tasks(run_tool({"list", "--limit=200"}).output);
  ASSERT_EQ(tasks.size(), 200U);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(tasks.field(i, "task_id"), service_.completed().at(static_cast<std::size_t>(i)));
    EXPECT_EQ(tasks.field(i, "status"), "completed");
  }
  EXPECT_EQ(JsonLines(run_tool({"models"}).output).size(), service_.models());
}

TEST_F(OddService, has_the_status_of_every_task_shown) {
  std::vector<std::string> arguments = {"status"};
  arguments.insert(arguments.end(), service_.completed().begin(), service_.completed().end());
  const Finished finished = run_tool(arguments);
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  const JsonLines tasks(finished.output);
  ASSERT_EQ(tasks.size(), service_.completed().size());
  for (int i = 0; i < static_cast<int>(tasks.size()); ++i)
    EXPECT_EQ(tasks.field(i, "status"), "completed");
}

TEST_F(OddService, has_every_clip_saved_behind_every_event) {
  std::vector<std::string> arguments = {"download", "--quiet", "--output={task_id}.mp4"};
  for (std::size_t i = 0; i < service_.completed().size(); i += 5)
    arguments.push_back(service_.completed()[i]);
  arguments.insert(arguments.end(), service_.live().begin(), service_.live().end());
  const Finished finished = run_tool(arguments);
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  for (std::size_t i = 3; i < arguments.size(); ++i)
    EXPECT_TRUE(std::filesystem::exists(directory_.file(arguments[i] + ".mp4"))) << arguments[i];
}

TEST_F(OddService, is_asked_for_each_purchase_once) {
  constexpr int kPurchases = 12;
  for (int i = 0; i < kPurchases; ++i) {
    const Finished finished =
        run_tool({"generate", "--model=wan-2.6", "--output=" + std::to_string(i) + ".mp4", "fox"});
    EXPECT_EQ(finished.exit_code, 0) << finished.output << finished.errors;
  }
  EXPECT_EQ(service_.creates(), kPurchases);
}

}  // namespace
}  // namespace airforce::test
