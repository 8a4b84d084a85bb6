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

TEST(ResultUrl, is_reported_missing_at_the_timeout_with_the_paid_task) {
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

TEST(ResultUrl, is_waited_for_seconds_after_the_completion) {
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

// A service that says `task` of its task until it has been asked `questions` times.
struct EarlyService {
  std::string first;  // status and result_url of the first answers
  int questions;
  int clip_status;  // of the first GET of the clip
  int clips = 0;
  int clips_before_completed = 0;
  int asked = 0;
  const char* retry_after = nullptr;  // in the first answer of the clip
  std::vector<double> clips_at;

  Error run() {
    const test::TempDir directory;
    const std::string clip("\0\0\0\x10\x66typisom0000\0\0\0\x10moov\0\0\0\x08trak", 32);
    test::LocalServer server([&](test::LocalServer& self, SoupServerMessage* message) {
      const std::string path = g_uri_get_path(soup_server_message_get_uri(message));
      if (path == "/clip.mp4") {
        if (asked <= questions) ++clips_before_completed;
        clips_at.push_back(system_clock().elapsed());
        const int status = clips++ == 0 ? clip_status : 200;
        if (status != 200 && retry_after != nullptr)
          soup_message_headers_append(soup_server_message_get_response_headers(message),
                                      "Retry-After", retry_after);
        return test::answer(message, static_cast<guint>(status), "video/mp4",
                            status == 200 ? clip : "");
      }
      if (path.ends_with("/stream")) return test::answer_json(message, "{}", 404);
      const std::string url = R"("result_url":")" + self.url("/clip.mp4") + "\"";
      const std::string task = ++asked > questions ? R"("status":"completed",)" + url : first;
      std::string text = R"({"task_id":"vid_1","progress":100,)" + task + "}";
      if (const std::size_t at = text.find("URL"); at != std::string::npos)
        text.replace(at, 3, self.url("/clip.mp4"));
      test::answer_json(message, text, 200);
    });
    Settings settings;
    settings.set("base_url", server.url());
    settings.set("api_key", "sk-air-of-a-test");
    settings.set("task_id", "vid_1");
    settings.set("poll_interval", "0.1");
    settings.set("timeout", "60");
    settings.set("store", directory.file("store.sqlite"));
    Generation generation(settings, {});
    try {
      generation.run();
      generation.wait_complete();
      EXPECT_EQ(generation.task().status, TaskStatus::Completed);
    } catch (const Error& error) {
      return error;
    }
    return {ErrorKind::Internal, Step::Settings, ""};
  }
};

TEST(ResultUrl, is_fetched_at_full_progress_whatever_the_status) {
  for (const char* status : {"finalizing", "processing", "running"}) {
    EarlyService service{R"("result_url":"URL","status":")" + std::string(status) + "\"", 1000,
                         200};
    EXPECT_EQ(service.run().message, "") << status;
    EXPECT_EQ(service.clips, 1) << status;
  }
}

TEST(ResultUrl, is_tried_once_at_full_progress_before_the_task_is_completed) {
  for (const int status : {404, 429, 500}) {
    EarlyService service{R"("result_url":"URL","status":"finalizing")", 4, status};
    EXPECT_EQ(service.run().message, "") << status;
    EXPECT_EQ(service.clips_before_completed, 1) << status;
  }
}

TEST(ResultUrl, is_fetched_after_the_pause_that_the_first_look_was_answered_with) {
  EarlyService service{R"("result_url":"URL","status":"finalizing")", 2, 429};
  service.retry_after = "2";
  EXPECT_EQ(service.run().message, "");
  ASSERT_EQ(service.clips_at.size(), 2u);
  EXPECT_GE(service.clips_at[1] - service.clips_at[0], 2);
}

TEST(ResultUrl, is_not_asked_for_again_when_that_pause_ends_after_the_deadline) {
  EarlyService service{R"("result_url":"URL","status":"finalizing")", 2, 429};
  service.retry_after = "600";
  const Error error = service.run();
  EXPECT_EQ(error.kind, ErrorKind::Busy);
  EXPECT_EQ(error.task_id, "vid_1");
  EXPECT_EQ(service.clips, 1);
}

TEST(ResultUrl, is_late_while_it_is_a_placeholder) {
  for (const char* placeholder : {"pending", "javascript:x", "file:///etc/passwd"}) {
    EarlyService service{R"("status":"completed","result_url":")" + std::string(placeholder) + "\"",
                         3, 200};
    EXPECT_EQ(service.run().message, "") << placeholder;
    EXPECT_EQ(service.clips, 1) << placeholder;
  }
}

TEST(ResultUrl, is_asked_for_again_after_a_momentary_refusal) {
  for (const int status : {401, 403, 404, 410}) {
    EarlyService service{"", 0, status};
    EXPECT_EQ(service.run().message, "") << status;
    EXPECT_EQ(service.clips, 2) << status;
  }
}

}  // namespace
}  // namespace airforce
