// SPDX-License-Identifier: LGPL-2.1-or-later
// Text for a terminal: how wide it is, and numbers for people. What may be printed is
// visible_line() of values/text.h. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace airforce::cli {

// Columns on a terminal; wide characters count two, combining ones none.
int display_width(std::string_view text);
// At most `columns` wide, cut with "..." where it is wider.
std::string shortened(std::string_view text, int columns);
// Filled up with spaces on the right.
std::string padded(std::string_view text, int columns);
// Words in lines of at most `columns`; a longer word stands alone.
std::vector<std::string> wrapped(std::string_view text, int columns);

// "17.5 MB"
std::string bytes_text(std::int64_t bytes);
// "11.0 of 17.5 MB"; the total may be unknown (-1).
std::string bytes_of_text(std::int64_t bytes, std::int64_t total);
// "0:07", "12:31", "1:02:03"
std::string duration_text(double seconds);
// Local time, "2024-05-06 14:13"; "" for 0.
std::string time_text(std::int64_t unix_seconds);
// Items with `separator` between.
std::string joined(const std::vector<std::string>& items, std::string_view separator);

// Rows in columns, two spaces between; the last column is not padded. The first row is the heading.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

// How a table is made to fit a terminal.
struct TableFit {
  int columns = 0;                     // of the terminal; 0 is no limit
  std::vector<std::size_t> leave_out;  // columns of the table, the least important first
  std::vector<std::size_t> shorten;    // columns that may be cut short, with "..."
};

// As table_text(). Where columns had to be left out, a last line says how to see them.
std::string fitted_table_text(std::vector<std::vector<std::string>> rows, const TableFit& fit);

}  // namespace airforce::cli
