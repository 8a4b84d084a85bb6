// SPDX-License-Identifier: LGPL-2.1-or-later
// Those in one process who ask for the same clip share its generation.
#include <cstdlib>
#include <memory>

#include <gtest/gtest.h>

#include "airforce-video.h"
#include "support/simulator.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

struct FreeShared {
  void operator()(AirforceGeneration* generation) const { airforce_generation_free(generation); }
};
using SharedPtr = std::unique_ptr<AirforceGeneration, FreeShared>;

class SharedGenerations : public testing::Test {
 protected:
  SharedGenerations() {
    setenv("XDG_CACHE_HOME", directory_.file("cache").c_str(), 1);
    setenv("AIRFORCE_HISTORY", "off", 1);
    const std::string store = directory_.file("store.sqlite");
    for (const auto& [name, value] :
         {std::pair("base_url", simulator_.base_url()), std::pair("api_key", simulator_.key()),
          std::pair("store", store), std::pair("model", std::string("ltx-mini")),
          std::pair("prompt", std::string("a fox")), std::pair("reuse", std::string("always"))})
      EXPECT_EQ(airforce_settings_set(settings_.get(), name, value.c_str(), nullptr), 0) << name;
  }

  SharedPtr open() const {
    return SharedPtr(airforce_generation_get_shared(settings_.get(), nullptr, nullptr));
  }

  static int http_status_of_run(const SharedPtr& generation) {
    AirforceError* error = nullptr;
    if (airforce_generation_run(generation.get(), &error) == 0) return 200;
    const int status = airforce_error_http_status(error);
    airforce_error_free(error);
    return status;
  }

  const TempDir directory_;
  const Simulator simulator_{{"--task-seconds", "0.2", "--clip",
                              directory_.write("served.mp4", fake_clip(50 * 1024)), "--fault",
                              "create:status=402,times=1"}};
  const std::unique_ptr<AirforceSettings, decltype(&airforce_settings_free)> settings_{
      airforce_settings_new(), airforce_settings_free};
};

TEST_F(SharedGenerations, share_a_failure_with_nobody_who_comes_later) {
  const SharedPtr first = open();
  const SharedPtr second = open();
  EXPECT_EQ(http_status_of_run(first), 402);
  EXPECT_EQ(http_status_of_run(second), 402);
  EXPECT_EQ(simulator_.requests("create"), 1);
  const SharedPtr later = open();  // the others are still open
  EXPECT_EQ(http_status_of_run(later), 200);
  const SharedPtr last = open();
  EXPECT_EQ(http_status_of_run(last), 200);
  EXPECT_EQ(simulator_.count("creates"), 1);
}

}  // namespace
}  // namespace airforce::test
