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

}  // namespace

FilmProgress::FilmProgress(std::vector<Line> lines, const Console& console, StandardOutput& output,
                           bool json, bool quiet)
    : console_(console),
      output_(output),
      json_(json),
      draws_(!quiet && console.errors_is_terminal && !console.dumb &&
             !(json && console.output_is_terminal)),
      logs_(!quiet && !draws_ && !json) {
  for (Line& line : lines) {
    line.label = visible_line(line.label);
    rows_.push_back({std::move(line), ShotState::Waiting, "", -1, false});
  }
}

void FilmProgress::write(const std::string& text) {
  write_all(STDERR_FILENO, text);
}

void FilmProgress::event(const FilmEvent& event) {
  if (event.kind == FilmEvent::Kind::FrameNeeded || event.kind == FilmEvent::Kind::Finished) return;
  const std::lock_guard lock(mutex_);
  Row& row = rows_[event.shot];
  const auto number = static_cast<std::int64_t>(row.line.number);
  dirty_ = true;
  if (event.kind == FilmEvent::Kind::State) {
    row.state = event.state;
    if (json_) {
      JsonLine line("shot");
      line.integer("shot", number).text("state", name_of(event.state));
      if (event.error != nullptr) line.text("message", event.error->text());
      output_.write(line.str());
    }
    if (event.error != nullptr && (draws_ || logs_)) {
      erase();
      write("shot " + std::to_string(number) + ": " + visible_line(event.error->text()) + "\n");
    }
    return;
  }
  const GenerationEvent& news = *event.event;
  if (news.kind == GenerationEvent::Kind::Warning) {
    erase();
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
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = rows_[shot].line.number;
  }
  say("shot " + std::to_string(number) + ": " + text);
}

void FilmProgress::say(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (!draws_ && !logs_) return;
  erase();
  write(visible_line(text) + "\n");
  dirty_ = true;
}

std::string FilmProgress::row_text(const Row& row) const {
  std::string text = padded(std::to_string(row.line.number), 4);
  std::string state = row.phase.empty() ? name_of(row.state) : row.phase;
  if (row.percent >= 0) state += " " + std::to_string(row.percent) + " %";
  return text + padded(state, 16) + row.line.label;
}

std::string FilmProgress::total_text() const {
  std::size_t made = 0;
  std::size_t failed = 0;
  double cents = 0;
  for (const Row& row : rows_) {
    if (row.state == ShotState::Ready || row.state == ShotState::Delivered) ++made;
    if (row.state == ShotState::Failed || row.state == ShotState::Skipped) ++failed;
    if (row.bought) cents += std::max(row.line.price_cents, 0.0);
  }
  std::string text = std::to_string(made) + " of " + std::to_string(rows_.size()) + " made";
  if (failed > 0) text += ", " + std::to_string(failed) + " failed";
  return text + ", " + cents_text(cents) + " in this run";
}

// With the lock held.
void FilmProgress::erase() {
  if (drawn_ == 0) return;
  write("\r\x1b[" + std::to_string(drawn_) + "A\x1b[J");
  drawn_ = 0;
}

// With the lock held.
void FilmProgress::draw() {
  const int columns = columns_of(STDERR_FILENO) - 1;
  const int room = std::max(screen_lines() - 2, 1);
  std::string text;
  int count = 0;
  for (const Row& row : rows_) {
    if (!is_active(row.state) || count >= room) continue;
    text += shortened(row_text(row), columns) + "\n";
    ++count;
  }
  text += shortened(total_text(), columns) + "\n";
  erase();
  write(text);
  drawn_ = count + 1;
  dirty_ = false;
}

void FilmProgress::tick() {
  const std::lock_guard lock(mutex_);
  if (draws_ && dirty_) draw();
}

void FilmProgress::finish() {
  const std::lock_guard lock(mutex_);
  erase();
}

}  // namespace airforce::cli
