// SPDX-License-Identifier: LGPL-2.1-or-later
// One cell of the fault matrix: one generation against a simulator of its own in which one request
// goes wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/slowness.h"
#include "values/error.h"

namespace airforce::test {

struct Cell {
  std::string step;      // of the simulator: "models", "create", ...
  std::string effect;    // "status=503,retry-after=1"
  bool passing = false;  // goes wrong once, then works again

  std::string name() const { return step + ":" + effect + (passing ? ", once" : ", always"); }
};

struct CellResult {
  std::optional<Error> error;  // unset: a clip
  double seconds = 0;
  int creates = 0;         // purchases in this run
  int creates_in_all = 0;  // after an error, the mending of the fault, and the same request again
  double refunded_cents = 0;
  std::optional<Error> error_afterwards;  // of that second run
  bool key_left_the_api = false;          // it was sent to the other origin
  bool key_was_reported = false;          // it stands in an event or an error
  bool task_id_was_reported = false;      // an event or the error has it
  std::string broken;                     // why the cell could not be run

  // "clip", or "network, paid": what the table shows.
  std::string outcome() const;
};

// All cells: every request that a generation makes, every fault that can hit it.
std::vector<Cell> all_cells();
// Runs it. At most some 20 s.
CellResult run_cell(const Cell& cell);
// The outcomes that are right for it: more than one where time decides.
std::vector<std::string> right_outcomes(const Cell& cell);
// docs/fault-matrix.md: what is right for each of these cells.
std::string page_of(const std::vector<Cell>& cells);

}  // namespace airforce::test
