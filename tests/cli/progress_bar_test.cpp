// SPDX-License-Identifier: LGPL-2.1-or-later
#include "progress_bar.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "progress.h"
#include "terminal_text.h"

namespace airforce::cli {
namespace {

ProgressState running(int percent) {
  ProgressState state;
  state.phase = GenerationPhase::Running;
  state.percent = percent;
  state.elapsed = 31;
  state.task_id = "vid_01HXY1234ABCD";
  return state;
}

ProgressState downloading() {
  ProgressState state = running(63);
  state.phase = GenerationPhase::Download;
  state.bytes = 11'000'000;
  state.total_bytes = 17'500'000;
  state.bytes_per_second = 5'300'000;
  return state;
}

TEST(ProgressBar, shows_phase_percent_time_and_task) {
  EXPECT_EQ(progress_bar(running(42), {.columns = 80}),
            "Running       42%  [#############--------------------]  0:31  vid_01HXY1234ABCD");
}

TEST(ProgressBar, shows_bytes_and_rate_of_a_download) {
  const std::string line = progress_bar(downloading(), {.columns = 100});
  EXPECT_NE(line.find("11.0 of 17.5 MB"), std::string::npos) << line;
  EXPECT_NE(line.find("5.3 MB/s"), std::string::npos) << line;
}

TEST(ProgressBar, shows_the_place_in_the_queue) {
  ProgressState state;
  state.phase = GenerationPhase::Wait;
  for (const auto& [place, words] : {std::pair{1, "1st"},
                                     {2, "2nd"},
                                     {3, "3rd"},
                                     {4, "4th"},
                                     {11, "11th"},
                                     {112, "112th"},
                                     {122, "122nd"}}) {
    state.place = place;
    EXPECT_EQ(phase_text(state), std::string("Waiting for a slot, ") + words + " in the queue");
  }
}

TEST(ProgressBar, shows_what_is_waited_for_as_far_as_there_is_room) {
  ProgressState state;
  state.phase = GenerationPhase::Wait;
  state.note = "the service asks for timeouts; next try in 3 s";
  EXPECT_EQ(progress_bar(state, {.columns = 80}),
            "Waiting  0:00  the service asks for timeouts; next try in 3 s");
  EXPECT_EQ(progress_bar(state, {.columns = 30}), "Waiting  0:00  the service...");
}

TEST(ProgressBar, is_narrower_than_any_terminal) {
  for (int columns = 1; columns <= 200; ++columns) {
    for (const bool unicode : {false, true}) {
      const ProgressStyle style{.columns = columns, .colour = false, .unicode = unicode};
      EXPECT_LE(display_width(progress_bar(running(42), style)), std::max(1, columns - 1))
          << columns;
      EXPECT_LE(display_width(progress_bar(downloading(), style)), std::max(1, columns - 1))
          << columns;
    }
  }
}

TEST(ProgressBar, leaves_out_what_matters_least) {
  const std::string narrow = progress_bar(downloading(), {.columns = 30});
  EXPECT_NE(narrow.find("63%"), std::string::npos) << narrow;
  EXPECT_NE(narrow.find("0:31"), std::string::npos) << narrow;
  EXPECT_EQ(narrow.find("vid_"), std::string::npos) << narrow;
}

TEST(ProgressBar, is_empty_at_nothing_and_full_at_all) {
  EXPECT_EQ(progress_bar(running(0), {.columns = 80}).find('#'), std::string::npos);
  EXPECT_EQ(progress_bar(running(100), {.columns = 80}).find("-]"), std::string::npos);
  EXPECT_NE(progress_bar(running(99), {.columns = 80}).find("-]"), std::string::npos);
}

TEST(ProgressBar, moves_though_the_percentage_is_unknown) {
  ProgressState state = downloading();
  state.percent = -1;
  state.total_bytes = -1;
  const std::string before = progress_bar(state, {.columns = 80});
  state.elapsed += 0.5;
  EXPECT_NE(progress_bar(state, {.columns = 80}), before);
  EXPECT_EQ(before.find('%'), std::string::npos);
}

TEST(ProgressBar, has_colours_only_when_asked) {
  EXPECT_EQ(progress_bar(running(42), {.columns = 80}).find('\x1b'), std::string::npos);
  EXPECT_NE(progress_bar(running(42), {.columns = 80, .colour = true}).find("\x1b[36m"),
            std::string::npos);
}

TEST(ProgressBar, lets_no_escape_sequence_of_the_service_through) {
  ProgressState state = running(1);
  state.task_id = "\x1b]0;title\x07id";
  EXPECT_EQ(progress_bar(state, {.columns = 80}).find('\x1b'), std::string::npos);
  EXPECT_EQ(progress_sentence(state).find('\x1b'), std::string::npos);
}

TEST(ProgressSentence, says_the_same_in_a_log) {
  EXPECT_EQ(progress_sentence(running(42)), "Running, 42%, 0:31, task vid_01HXY1234ABCD");
  EXPECT_EQ(progress_sentence(downloading()),
            "Downloading, 63%, 11.0 of 17.5 MB, 0:31, task vid_01HXY1234ABCD");
}

TEST(ProgressTracker, measures_the_rate_from_the_first_byte_it_saw) {
  ProgressTracker tracker;
  GenerationEvent event;
  event.phase = GenerationPhase::Download;
  event.bytes = 1'000'000;
  event.total_bytes = 9'000'000;
  tracker.update(event, nullptr, 100);
  event.bytes = 5'000'000;
  tracker.update(event, nullptr, 102);
  EXPECT_DOUBLE_EQ(tracker.state(102).bytes_per_second, 2'000'000);
  EXPECT_LT(tracker.state(100.5).bytes_per_second, 0) << "too soon for a rate";
}

}  // namespace
}  // namespace airforce::cli
