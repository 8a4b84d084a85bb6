// SPDX-License-Identifier: LGPL-2.1-or-later
// Every fault at every request of a generation, in the dialect of AIRFORCE_TEST_DIALECT. Unless
// AIRFORCE_FAULTS=full, each dialect has a tenth of the cells. With AIRFORCE_FAULT_TABLE=FILE a
// full run in which every cell was right writes the page.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "faults/cell.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

// Cells mostly wait, but for a sanitizer or a busy machine.
int at_once() {
  return std::max(8, static_cast<int>(24 / slowness()));
}
double bound_seconds() {
  return 15 * slowness();
}
// Of which a quick run takes one, another one in each dialect.
constexpr std::size_t kStride = 11;

std::size_t first_cell() {
  const char* dialect = std::getenv("AIRFORCE_TEST_DIALECT");
  return dialect != nullptr && std::string_view(dialect) == "sdk" ? kStride / 2 : 0;
}

std::vector<Cell> chosen_cells() {
  std::vector<Cell> cells = all_cells();
  const char* extent = std::getenv("AIRFORCE_FAULTS");
  // To look into some: AIRFORCE_FAULT_FILTER=download
  if (const char* part = std::getenv("AIRFORCE_FAULT_FILTER")) {
    std::erase_if(cells,
                  [&](const Cell& cell) { return cell.name().find(part) == std::string::npos; });
  } else if (extent == nullptr || std::string_view(extent) != "full") {
    std::vector<Cell> some;
    for (std::size_t i = first_cell(); i < cells.size(); i += kStride) some.push_back(cells[i]);
    return some;
  }
  return cells;
}

CellResult run_cell_or_say_why(const Cell& cell) {
  try {
    return run_cell(cell);
  } catch (const std::exception& error) {
    CellResult result;
    result.broken = error.what();
    return result;
  }
}

std::map<std::string, CellResult> run_all(const std::vector<Cell>& cells) {
  std::vector<CellResult> results(cells.size());
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < at_once(); ++worker) {
    workers.emplace_back([&] {
      for (std::size_t i = next++; i < cells.size(); i = next++) {
        results[i] = run_cell_or_say_why(cells[i]);
        std::cout << cells[i].name() << ": " << results[i].outcome() << ", " << results[i].seconds
                  << " s\n"
                  << std::flush;
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  std::map<std::string, CellResult> by_name;
  for (std::size_t i = 0; i < cells.size(); ++i) by_name.emplace(cells[i].name(), results[i]);
  return by_name;
}

// After a task that failed the same request is a new purchase.
bool is_bought_again(const CellResult& result) {
  return result.error && result.error->kind == ErrorKind::TaskFailed;
}

void check(const Cell& cell, const CellResult& result) {
  SCOPED_TRACE(cell.name() + " → " + (result.error ? result.error->text() : "clip"));
  ASSERT_EQ(result.broken, "");
  EXPECT_THAT(right_outcomes(cell), testing::Contains(result.outcome()));
  EXPECT_LT(result.seconds, bound_seconds());
  EXPECT_LE(result.creates, 1) << "bought twice";
  EXPECT_EQ(result.creates_in_all, is_bought_again(result) ? 2 : 1)
      << "with the run after the fault was mended";
  EXPECT_FALSE(result.error_afterwards) << result.error_afterwards->text();
  EXPECT_FALSE(result.key_left_the_api);
  EXPECT_FALSE(result.key_was_reported);
  if (result.creates > 0) {
    EXPECT_TRUE(result.task_id_was_reported ||
                (result.error && result.error->kind == ErrorKind::UnknownCreate));
  }
  if (result.error) {
    EXPECT_FALSE(result.error->message.empty());
    EXPECT_EQ(result.error->text().find('\n'), std::string::npos);
    EXPECT_EQ(result.error->text().find('<'), std::string::npos) << "HTML in a message";
    if (result.error->charge != Charge::None && result.error->charge != Charge::Refunded) {
      EXPECT_THAT(result.error->text(), testing::AnyOf(testing::HasSubstr("vid_"),
                                                       testing::HasSubstr("the same request")))
          << "it does not say how to resume without a second purchase";
    }
  }
}

// Nothing is read from the user's own directories, nor left there.
void move_home_to(const TempDir& directory) {
  for (const char* name : {"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"})
    setenv(name, directory.file(name).c_str(), 1);
}

TEST(FaultMatrix, every_fault_ends_in_time_with_the_right_outcome_and_at_most_one_purchase) {
  const TempDir home;
  move_home_to(home);
  const std::vector<Cell> cells = chosen_cells();
  const auto results = run_all(cells);
  for (const Cell& cell : cells) check(cell, results.at(cell.name()));
  const char* path = std::getenv("AIRFORCE_FAULT_TABLE");
  if (path != nullptr && !HasFailure() && cells.size() == all_cells().size())
    std::ofstream(path) << page_of(cells);
}

TEST(FaultMatrix, has_a_page_with_what_is_tested) {
  EXPECT_EQ(read_file(AIRFORCE_FAULT_PAGE), page_of(all_cells()))
      << "write it by a run: AIRFORCE_FAULTS=full AIRFORCE_FAULT_TABLE=docs/fault-matrix.md";
}

}  // namespace
}  // namespace airforce::test
