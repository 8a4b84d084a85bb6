// SPDX-License-Identifier: LGPL-2.1-or-later
// The matrix as a page.
#include <algorithm>

#include "faults/cell.h"

namespace airforce::test {
namespace {

constexpr const char* kHead =
    "# What every fault leads to\n\n"
    "Written by the test `fault-matrix` (tests/faults), which holds it: one generation a cell, "
    "against a simulator in which one\n"
    "request goes wrong, once or always, in both dialects of the service. `clip`: it arrives all "
    "the same. Else the error's kind "
    "and the charge status.\n"
    "Several are given where time decides: whether the task ends, or the tries, before the "
    "deadline.\n\n"
    "In every cell: it ends in time, at most one purchase is made, and the key is sent to the API "
    "alone. After an error the\n"
    "fault is mended and the same request made again: that gives the clip, without a second "
    "purchase unless the first task\n"
    "failed. Where it was unknown whether a task was created, the same request is made again when "
    "none can appear any more.\n\n";

template <typename T>
void add(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

std::string outcomes_of(const Cell& cell) {
  std::string text;
  for (const std::string& outcome : right_outcomes(cell))
    text += (text.empty() ? "" : "; or ") + outcome;
  return text;
}

}  // namespace

std::string page_of(const std::vector<Cell>& cells) {
  std::vector<std::string> steps;
  std::vector<std::pair<std::string, bool>> rows;
  for (const Cell& cell : cells) {
    add(steps, cell.step);
    add(rows, std::pair(cell.effect, cell.passing));
  }
  std::string page = kHead;
  page += "|fault|";
  for (const std::string& step : steps) page += step + '|';
  page += "\n|---|";
  for (std::size_t i = 0; i < steps.size(); ++i) page += "---|";
  page += '\n';
  for (const auto& [effect, passing] : rows) {
    page += '|' + effect + (passing ? ", once" : "") + '|';
    for (const std::string& step : steps) {
      const std::string name = Cell{step, effect, passing}.name();
      const auto cell = std::find_if(cells.begin(), cells.end(),
                                     [&](const Cell& each) { return each.name() == name; });
      page += (cell != cells.end() ? outcomes_of(*cell) : "") + '|';
    }
    page += '\n';
  }
  return page;
}

}  // namespace airforce::test
