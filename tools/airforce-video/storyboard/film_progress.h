// SPDX-License-Identifier: LGPL-2.1-or-later
// All shots of a film or a batch on one screen: lines that are drawn over, lines in a log, or JSON.
#pragma once

#include <string>
#include <vector>

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

  FilmProgress(std::vector<Line> lines, const Console& console, StandardOutput& output, bool json,
               bool quiet);

  // From the film's threads.
  void event(const FilmEvent& event);
  // How a shot ended: "saved 001-a-fox.mp4". From any thread.
  void say(std::size_t shot, const std::string& text);
  // A line for all.
  void say(const std::string& text);
  void tick();
  void finish();

 private:
  struct Row {
    Line line;
    ShotState state = ShotState::Waiting;
    std::string phase;
    int percent = -1;
    bool bought = false;

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

  const Console console_;
  StandardOutput& output_;
  const bool json_;
  const bool draws_;
  const bool logs_;
  Guarded<Screen> screen_;
};

}  // namespace airforce::cli
