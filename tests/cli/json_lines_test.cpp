// SPDX-License-Identifier: LGPL-2.1-or-later
#include "json_lines.h"

#include <gtest/gtest.h>

namespace airforce::cli {
namespace {

Task fox() {
  Task task;
  task.task_id = "vid_1";
  task.status = TaskStatus::Completed;
  task.status_text = "completed";
  task.model = "wan-2.6";
  task.cost_cents = 320;
  task.result_url = "https://cdn.example/vid_1.mp4?signature=secret";
  return task;
}

TEST(JsonLine, is_one_line_that_begins_with_its_event) {
  EXPECT_EQ(JsonLine("result").text("path", "a\nb").integer("bytes", 7).flag("bought", true).str(),
            R"({"event":"result","path":"a\nb","bytes":7,"bought":true})"
            "\n");
}

TEST(JsonLine, writes_whole_numbers_as_such) {
  EXPECT_EQ(JsonLine("x").number("cents", 320).number("more", 12.5).str(),
            "{\"event\":\"x\",\"cents\":320,\"more\":12.5}\n");
}

TEST(JsonLine, is_valid_whatever_the_bytes) {
  const std::string line = JsonLine("x").text("path", "fox\xff.mp4").str();
  EXPECT_TRUE(g_utf8_validate(line.data(), static_cast<gssize>(line.size()), nullptr));
}

TEST(JsonLine, has_no_url_unless_asked) {
  EXPECT_EQ(JsonLine("task").task(fox(), false).str().find("secret"), std::string::npos);
  EXPECT_NE(JsonLine("task").task(fox(), true).str().find("secret"), std::string::npos);
}

TEST(JsonEvents, have_the_known_fields_only) {
  GenerationEvent event;
  event.phase = GenerationPhase::Wait;
  event.place = 2;
  EXPECT_EQ(json_line(event, nullptr, 3.7),
            "{\"event\":\"progress\",\"phase\":\"wait\",\"place\":2,\"elapsed_seconds\":3}\n");
  event.phase = GenerationPhase::Download;
  event.bytes = 10;
  event.total_bytes = 20;
  event.percent = 50;
  const Task task = fox();
  EXPECT_EQ(
      json_line(event, &task, 0),
      R"({"event":"progress","phase":"download","percent":50,"bytes":10,"total_bytes":20,"task_id":"vid_1","elapsed_seconds":0})"
      "\n");
}

TEST(JsonErrors, carry_all_that_is_known) {
  Error error(ErrorKind::TaskFailed, Step::Follow, "task vid_1 failed", "ask again");
  error.charge = Charge::Refunded;
  error.task_id = "vid_1";
  error.api_type = "nsfw";
  error.http_status = 200;
  EXPECT_EQ(
      json_line(error, 12),
      R"({"event":"error","kind":"task-failed","step":"follow","message":"task vid_1 failed","next_step":"ask again",)"
      R"("charge":"refunded","task_id":"vid_1","http_status":200,"api_type":"nsfw","exit_code":12})"
      "\n");
}

}  // namespace
}  // namespace airforce::cli
