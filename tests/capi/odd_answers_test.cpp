// SPDX-License-Identifier: LGPL-2.1-or-later
// The C API and a service whose answers and events have any value in any field that is only shown:
// every clip is read, and each purchase is made once.
#include <cstdlib>
#include <memory>

#include <gtest/gtest.h>

#include "airforce-video.h"
#include "mutated_service.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

struct FreeSettings {
  void operator()(AirforceSettings* settings) const { airforce_settings_free(settings); }
};
struct FreeGeneration {
  void operator()(AirforceGeneration* generation) const { airforce_generation_free(generation); }
};
using SettingsPtr = std::unique_ptr<AirforceSettings, FreeSettings>;
using GenerationPtr = std::unique_ptr<AirforceGeneration, FreeGeneration>;

class OddServiceOfTheCApi : public testing::Test {
 protected:
  OddServiceOfTheCApi() {
    setenv("XDG_CACHE_HOME", directory_.file("cache").c_str(), 1);
    setenv("AIRFORCE_HISTORY", "off", 1);
  }

  // With these settings, and those of the service.
  SettingsPtr settings(const std::vector<std::pair<const char*, std::string>>& values) const {
    SettingsPtr made(airforce_settings_new());
    const auto set = [&](const char* name, const std::string& value) {
      EXPECT_EQ(airforce_settings_set(made.get(), name, value.c_str(), nullptr), 0) << name;
    };
    set("base_url", service_.url());
    set("api_key", "sk-air-of-a-test");
    set("store", directory_.file("store.sqlite"));
    set("poll_interval", "0.5");
    for (const auto& [name, value] : values) set(name, value);
    return made;
  }

  // What went wrong; "" where all of the clip was read.
  static std::string play(const AirforceSettings* settings) {
    const GenerationPtr generation(airforce_generation_new(settings, nullptr, nullptr));
    AirforceError* error = nullptr;
    if (airforce_generation_run(generation.get(), &error) == 0) {
      std::vector<char> buffer(4096);
      std::uint64_t at = 0;
      std::int64_t count = 0;
      while ((count = airforce_generation_read_at(generation.get(), at, buffer.data(),
                                                  buffer.size(), &error)) > 0)
        at += static_cast<std::uint64_t>(count);
      if (count == 0) {
        airforce_generation_set_delivered(generation.get());
        return at == 20'000 ? "" : "the clip ends at " + std::to_string(at);
      }
    }
    const std::string text = airforce_error_text(error);
    airforce_error_free(error);
    return text;
  }

  const TempDir directory_;
  const MutatedService service_;
};

TEST_F(OddServiceOfTheCApi, has_every_clip_played) {
  for (const std::string& id : service_.completed())
    EXPECT_EQ(play(settings({{"task_id", id}, {"progress_source", "poll"}}).get()), "") << id;
}

TEST_F(OddServiceOfTheCApi, has_every_clip_played_behind_every_event) {
  for (const std::string& id : service_.live())
    EXPECT_EQ(play(settings({{"task_id", id}}).get()), "") << id;
}

TEST_F(OddServiceOfTheCApi, is_asked_for_each_purchase_once) {
  constexpr int kPurchases = 26;  // a task each
  for (int i = 0; i < kPurchases; ++i) {
    const SettingsPtr request =
        settings({{"model", "wan-2.6"}, {"prompt", "fox " + std::to_string(i)}});
    EXPECT_EQ(play(request.get()), "") << i;
    EXPECT_EQ(service_.creates(), i + 1);
  }
}

}  // namespace
}  // namespace airforce::test
