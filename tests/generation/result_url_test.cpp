// SPDX-License-Identifier: LGPL-2.1-or-later
// A task that is completed, and a service that does not say where the clip is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generation/generation.h"
#include "local_server.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace airforce {
namespace {

using testing::HasSubstr;

TEST(ResultUrl, that_never_comes_is_reported_at_the_timeout_with_the_task_that_is_paid_for) {
  const test::TempDir directory;
  test::LocalServer server([](test::LocalServer&, SoupServerMessage* message) {
    test::answer_json(message, R"({"task_id":"vid_1","status":"completed","progress":100})", 200);
  });
  Settings settings;
  settings.set("base_url", server.url());
  settings.set("api_key", "sk-air-of-a-test");
  settings.set("task_id", "vid_1");
  settings.set("timeout", "1.5");
  settings.set("store", directory.file("store.sqlite"));
  Generation generation(settings, [](const GenerationEvent&, const Task*) {});
  const Error error = test::error_of([&] {
    generation.run();
    generation.wait_complete();
  });
  EXPECT_EQ(error.kind, ErrorKind::Protocol);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_EQ(error.task_id, "vid_1");
  EXPECT_THAT(error.text(), HasSubstr("no result_url"));
}

TEST(ResultUrl, that_comes_seconds_after_the_completion_is_waited_for) {
  const test::TempDir directory;
  const std::string clip("\0\0\0\x10\x66typisom0000\0\0\0\x10moov\0\0\0\x08trak", 32);
  int questions = 0;
  test::LocalServer server([&](test::LocalServer& self, SoupServerMessage* message) {
    const std::string path = g_uri_get_path(soup_server_message_get_uri(message));
    if (path == "/clip.mp4") return test::answer(message, 200, "video/mp4", clip);
    std::string task = R"({"task_id":"vid_1","status":"completed")";
    if (++questions > 4) task += R"(,"result_url":")" + self.url("/clip.mp4") + "\"";
    test::answer_json(message, task + "}", 200);
  });
  Settings settings;
  settings.set("base_url", server.url());
  settings.set("api_key", "sk-air-of-a-test");
  settings.set("task_id", "vid_1");
  settings.set("store", directory.file("store.sqlite"));
  Generation generation(settings, {});
  generation.run();
  EXPECT_NO_THROW(generation.wait_complete());
  EXPECT_EQ(generation.clip().size(), static_cast<std::int64_t>(clip.size()));
}

}  // namespace
}  // namespace airforce
