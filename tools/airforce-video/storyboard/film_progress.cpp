// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/film_progress.h"

#include <algorithm>

#include <sys/ioctl.h>
#include <unistd.h>

#include "generation/budget.h"
#include "json_lines.h"
#include "report.h"
#include "text.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

const char* name_of(ShotState state) {
  switch (state) {
    case ShotState::Waiting: return "waiting";
    case ShotState::Making: return "making";
    case ShotState::Opening: return "opening";
    case ShotState::Ready: return "ready";
    case ShotState::Delivered: return "delivered";
    case ShotState::Failed: return "failed";
    case ShotState::Skipped: return "skipped";
  }
  return "";
}

// Lines of the terminal; few enough where that is unknown.
int screen_lines() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

bool is_active(ShotState state) {
  return state == ShotState::Making || state == ShotState::Opening;
}

void write(const std::string& text) {
  write_all(STDERR_FILENO, text);
}

}  // namespace

FilmProgress::FilmProgress(std::vector<Line> lines, const Console& console, StandardOutput& output,
                           bool json, bool quiet)
    : console_(console),
      output_(output),
      json_(json),
      draws_(!quiet && console.errors_is_terminal && !console.dumb &&
             !(json && console.output_is_terminal)),
      logs_(!quiet && !draws_ && !json) {
  auto screen = screen_.lock();
  for (Line& line : lines) {
    line.label = visible_line(line.label);
    screen->rows.push_back({std::move(line), ShotState::Waiting, "", -1, false});
  }
}

void FilmProgress::event(const FilmEvent& event) {
  if (event.kind == FilmEvent::Kind::FrameNeeded || event.kind == FilmEvent::Kind::Finished) return;
  auto screen = screen_.lock();
  Row& row = screen->rows[event.shot];
  const auto number = static_cast<std::int64_t>(row.line.number);
  screen->dirty = true;
  if (event.kind == FilmEvent::Kind::State) {
    row.state = event.state;
    if (json_) {
      JsonLine line("shot");
      line.integer("shot", number).text("state", name_of(event.state));
      if (event.error != nullptr) line.text("message", event.error->text());
      output_.write(line.str());
    }
    if (event.error != nullptr && (draws_ || logs_)) {
      screen->erase();
      write("shot " + std::to_string(number) + ": " +
            visible_line(with_flags(event.error->text())) + "\n");
    }
    return;
  }
  const GenerationEvent& news = *event.event;
  if (news.kind == GenerationEvent::Kind::Warning) {
    screen->erase();
    write("shot " + std::to_string(number) + ": warning: " + visible_line(with_flags(news.text)) +
          "\n");
    return;
  }
  if (news.kind != GenerationEvent::Kind::Progress) return;
  if (news.phase == GenerationPhase::Create) row.bought = true;
  const std::string phase = cli::name_of(news.phase);
  const bool is_new = phase != row.phase;
  row.phase = phase;
  row.percent = news.percent;
  if (!is_new) return;
  if (json_) {
    JsonLine line("progress");
    line.integer("shot", number).text("phase", phase);
    if (event.task != nullptr) line.text("task_id", event.task->task_id);
    output_.write(line.str());
  } else if (logs_) {
    write("shot " + std::to_string(number) + ": " + visible_line(news.text) + "\n");
  }
}

void FilmProgress::say(std::size_t shot, const std::string& text) {
  const std::size_t number = screen_.lock()->rows[shot].line.number;
  say("shot " + std::to_string(number) + ": " + text);
}

void FilmProgress::say(const std::string& text) {
  auto screen = screen_.lock();
  if (!draws_ && !logs_) return;
  screen->erase();
  write(visible_line(text) + "\n");
  screen->dirty = true;
}

std::string FilmProgress::Row::text() const {
  std::string result = padded(std::to_string(line.number), 4);
  std::string shown = phase.empty() ? name_of(state) : phase;
  if (percent >= 0) shown += " " + std::to_string(percent) + " %";
  return result + padded(shown, 16) + line.label;
}

std::string FilmProgress::Screen::total_text() const {
  std::size_t made = 0;
  std::size_t failed = 0;
  double cents = 0;
  for (const Row& row : rows) {
    if (row.state == ShotState::Ready || row.state == ShotState::Delivered) ++made;
    if (row.state == ShotState::Failed || row.state == ShotState::Skipped) ++failed;
    if (row.bought) cents += std::max(row.line.price_cents, 0.0);
  }
  std::string text = std::to_string(made) + " of " + std::to_string(rows.size()) + " made";
  if (failed > 0) text += ", " + std::to_string(failed) + " failed";
  return text + ", " + cents_text(cents) + " in this run";
}

void FilmProgress::Screen::erase() {
  if (drawn == 0) return;
  write("\r\x1b[" + std::to_string(drawn) + "A\x1b[J");
  drawn = 0;
}

void FilmProgress::Screen::draw() {
  const int columns = columns_of(STDERR_FILENO) - 1;
  const int room = std::max(screen_lines() - 2, 1);
  std::string text;
  int count = 0;
  for (const Row& row : rows) {
    if (!is_active(row.state) || count >= room) continue;
    text += shortened(row.text(), columns) + "\n";
    ++count;
  }
  text += shortened(total_text(), columns) + "\n";
  erase();
  write(text);
  drawn = count + 1;
  dirty = false;
}

void FilmProgress::tick() {
  auto screen = screen_.lock();
  if (draws_ && screen->dirty) screen->draw();
}

void FilmProgress::finish() {
  auto screen = screen_.lock();
  screen->erase();
}

}  // namespace airforce::cli
