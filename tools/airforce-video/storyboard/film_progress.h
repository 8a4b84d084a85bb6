// SPDX-License-Identifier: LGPL-2.1-or-later
// All shots of a film or a batch on one screen: lines that are drawn over, lines in a log, or JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "console.h"
#include "film/film.h"
#include "values/guarded.h"

namespace airforce::cli {

class FilmProgress {
 public:
  struct Line {
    std::size_t number = 0;  // of the storyboard, from 1
    std::string label;       // its prompt
    double price_cents = -1;
  };

  // `command`: in whose words errors are.
  FilmProgress(std::vector<Line> lines, const CommandInfo& command, const Console& console,
               StandardOutput& output, bool json, bool quiet);

  // From the film's threads.
  void event(const FilmEvent& event);
  // How a shot ended: "saved 001-a-fox.mp4". From any thread.
  void say(std::size_t shot, const std::string& text);
  // A line for all.
  void say(const std::string& text);
  // What a command has printed, with its lines.
  void print(const std::string& text);
  // Whether lines are drawn over, so that nobody else may print.
  bool is_drawn() const { return draws_; }
  // Whether a shot's failure is shown when it happens.
  bool shows_failures() const { return draws_ || logs_; }
  // As say(), and shown in any case.
  void warn(std::size_t shot, const std::string& text);
  void warn(const std::string& text);
  // What the purchases of this run came to, for a person.
  std::string charge_text() const;
  // The same, where all of it is known.
  std::optional<double> charged_cents() const;
  void tick();
  void finish();

 private:
  struct Row {
    Line line;
    ShotState state = ShotState::Waiting;
    std::string phase;
    int percent = -1;
    bool bought = false;        // in this run
    bool is_charged = true;     // as far as is known: not refunded, not refused
    double charged_cents = -1;  // as reported

    std::string text() const;
  };
  struct Screen {
    std::vector<Row> rows;
    int drawn = 0;  // lines
    bool dirty = true;

    std::string total_text() const;
    void draw();
    void erase();
  };
  struct Charged {
    double cents = 0;
    int known = 0;
    int unknown = 0;
  };

  void note_failure(Screen& screen, Row& row, const Error& error);
  void show_warning(Screen& screen, std::size_t number, const std::string& text);
  Charged charged() const;

  const CommandInfo& command_;
  const Console console_;
  StandardOutput& output_;
  const bool json_;
  const bool draws_;
  const bool logs_;
  Guarded<Screen> screen_;
};

}  // namespace airforce::cli
