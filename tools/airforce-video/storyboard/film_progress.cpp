// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/film_progress.h"

#include <algorithm>
#include <sstream>

#include <sys/ioctl.h>
#include <unistd.h>

#include "generation/budget.h"
#include "json_lines.h"
#include "report.h"
#include "terminal_text.h"
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

FilmProgress::FilmProgress(std::vector<Line> lines, const CommandInfo& command,
                           const Console& console, StandardOutput& output, bool json, bool quiet)
    : command_(command),
      console_(console),
      output_(output),
      json_(json),
      draws_(!quiet && console.errors_is_terminal && !console.dumb &&
             !(json && console.output_is_terminal)),
      logs_(!quiet && !draws_ && !json) {
  auto screen = screen_.lock();
  for (Line& line : lines) {
    line.label = visible_line(line.label);
    screen->rows.emplace_back().line = std::move(line);
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
    if (event.error != nullptr) {
      note_failure(*screen, row, *event.error);
    } else if (json_) {
      JsonLine line("shot");
      line.integer("shot", number).text("state", name_of(event.state));
      output_.write(line.str());
    }
    return;
  }
  const GenerationEvent& news = *event.event;
  if (event.task != nullptr && event.task->cost_cents) row.charged_cents = *event.task->cost_cents;
  if (news.kind == GenerationEvent::Kind::Warning) {
    show_warning(*screen, row.line.number, with_flags(news.text));
    return;
  }
  if (news.kind != GenerationEvent::Kind::Progress) return;
  if (news.phase == GenerationPhase::Create) row.bought = true;
  const std::string phase = name_of(news.phase);
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

// What is interrupted is no failure, and the end says how it is resumed; here only the charge
// status of its task.
void FilmProgress::note_failure(Screen& screen, Row& row, const Error& error) {
  row.is_charged = error.charge != Charge::None && error.charge != Charge::Refunded;
  Error shown = in_words_of(command_, error);
  const bool is_interrupted = error.kind == ErrorKind::Cancelled;
  if (is_interrupted) shown.next_step.clear();
  const std::string text = shown.text();
  if (json_) {
    JsonLine line("shot");
    line.integer("shot", static_cast<std::int64_t>(row.line.number));
    line.text("state", name_of(row.state)).text("message", text);
    output_.write(line.str());
  }
  if ((!draws_ && !logs_) || (is_interrupted && error.task_id.empty())) return;
  screen.erase();
  write("shot " + std::to_string(row.line.number) + ": " + text + "\n");
}

void FilmProgress::show_warning(Screen& screen, std::size_t number, const std::string& text) {
  if (json_) {
    JsonLine line("warning");
    if (number > 0) line.integer("shot", static_cast<std::int64_t>(number));
    output_.write(line.text("text", text).str());
    return;
  }
  screen.erase();
  write((number > 0 ? "shot " + std::to_string(number) + ": " : std::string("airforce-video: ")) +
        "warning: " + visible_line(text) + "\n");
  screen.dirty = true;
}

void FilmProgress::warn(std::size_t shot, const std::string& text) {
  auto screen = screen_.lock();
  show_warning(*screen, screen->rows[shot].line.number, text);
}

void FilmProgress::warn(const std::string& text) {
  show_warning(*screen_.lock(), 0, text);
}

FilmProgress::Charged FilmProgress::charged() const {
  Charged sum;
  const auto screen = screen_.lock();
  for (const Row& row : screen->rows) {
    if (!row.bought || !row.is_charged) continue;
    ++(row.charged_cents >= 0 ? sum.known : sum.unknown);
    sum.cents += std::max(row.charged_cents, 0.0);
  }
  return sum;
}

std::string FilmProgress::charge_text() const {
  const Charged sum = charged();
  if (sum.known + sum.unknown == 0) return "Nothing was charged now.";
  const std::string unknown = sum.unknown == 1 ? "The charge of 1 shot is not reported yet."
                                               : "The charges of " + std::to_string(sum.unknown) +
                                                     " shots are not reported yet.";
  if (sum.known == 0) return unknown;
  return "Charged " + cents_text(sum.cents) + "." + (sum.unknown > 0 ? " " + unknown : "");
}

std::optional<double> FilmProgress::charged_cents() const {
  const Charged sum = charged();
  return sum.unknown > 0 ? std::nullopt : std::optional(sum.cents);
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

void FilmProgress::print(const std::string& text) {
  auto screen = screen_.lock();
  screen->erase();
  std::istringstream lines(text);
  // A line that was drawn over has its last form.
  for (std::string line; std::getline(lines, line);) {
    while (line.ends_with('\r')) line.pop_back();
    const std::size_t drawn_over = line.rfind('\r');
    write(visible_line(drawn_over == std::string::npos ? line : line.substr(drawn_over + 1)) +
          "\n");
  }
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
