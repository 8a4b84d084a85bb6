// SPDX-License-Identifier: LGPL-2.1-or-later
#include "terminal_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include <glib.h>

#include "values/text.h"

namespace airforce::cli {
namespace {

int width_of(gunichar character) {
  if (g_unichar_iszerowidth(character)) return 0;
  return g_unichar_iswide(character) ? 2 : 1;
}

std::string fixed(double number, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, number);
  return text.data();
}

struct ByteUnit {
  double size;
  const char* name;
};

ByteUnit unit_for(std::int64_t bytes) {
  if (bytes >= 1'000'000'000) return {1e9, "GB"};
  if (bytes >= 1'000'000) return {1e6, "MB"};
  if (bytes >= 1'000) return {1e3, "kB"};
  return {1, "bytes"};
}

std::string in_unit(std::int64_t bytes, const ByteUnit& unit) {
  return fixed(static_cast<double>(bytes) / unit.size, unit.size > 1 ? 1 : 0);
}

}  // namespace

int display_width(std::string_view text) {
  const std::string valid = valid_utf8(text);
  int width = 0;
  for (const char* at = valid.c_str(); *at != '\0'; at = g_utf8_next_char(at))
    width += width_of(g_utf8_get_char(at));
  return width;
}

std::string shortened(std::string_view text, int columns) {
  if (display_width(text) <= columns) return std::string(text);
  constexpr int kDots = 3;
  const std::string valid = valid_utf8(text);
  std::string result;
  int width = 0;
  for (const char* at = valid.c_str(); *at != '\0'; at = g_utf8_next_char(at)) {
    width += width_of(g_utf8_get_char(at));
    if (width > columns - kDots) break;
    result.append(at, static_cast<const char*>(g_utf8_next_char(at)));
  }
  return result + std::string(static_cast<std::size_t>(std::clamp(columns, 0, kDots)), '.');
}

std::string padded(std::string_view text, int columns) {
  std::string result(text);
  result.append(static_cast<std::size_t>(std::max(0, columns - display_width(text))), ' ');
  return result;
}

std::vector<std::string> wrapped(std::string_view text, int columns) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (!line.empty() && display_width(line) + 1 + display_width(word) > columns) {
      lines.push_back(line);
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

std::string bytes_text(std::int64_t bytes) {
  const ByteUnit unit = unit_for(bytes);
  return in_unit(bytes, unit) + " " + unit.name;
}

std::string bytes_of_text(std::int64_t bytes, std::int64_t total) {
  if (total < 0) return bytes_text(bytes);
  const ByteUnit unit = unit_for(total);
  return in_unit(bytes, unit) + " of " + in_unit(total, unit) + " " + unit.name;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::max(0.0, seconds));
  std::array<char, 64> text{};
  const long long hours = whole / 3600;
  const int minutes = static_cast<int>(whole / 60 % 60);
  const int rest = static_cast<int>(whole % 60);
  if (hours > 0) {
    std::snprintf(text.data(), text.size(), "%lld:%02d:%02d", hours, minutes, rest);
  } else {
    std::snprintf(text.data(), text.size(), "%d:%02d", minutes, rest);
  }
  return text.data();
}

std::string time_text(std::int64_t unix_seconds) {
  if (unix_seconds <= 0) return {};
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm local{};
  std::array<char, 64> text{};
  if (localtime_r(&seconds, &local) == nullptr) return {};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &local);
  return text.data();
}

std::string joined(const std::vector<std::string>& items, std::string_view separator) {
  std::string text;
  for (const std::string& item : items) {
    if (!text.empty()) text += separator;
    text += item;
  }
  return text;
}

namespace {

std::vector<int> widths_of(const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], display_width(row[column]));
  }
  return widths;
}

}  // namespace

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  const std::vector<int> widths = widths_of(rows);
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      if (column > 0) line += "  ";
      line += padded(row[column], widths[column]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

namespace {

constexpr int kGap = 2;
constexpr int kMinShortened = 14;

int total_width(const std::vector<int>& widths) {
  int total = widths.empty() ? 0 : -kGap;
  for (const int width : widths) total += width + kGap;
  return total;
}

// Cuts these columns so that the table fits: the narrower ones keep what they have.
void shorten_columns(std::vector<std::vector<std::string>>& rows, std::vector<std::size_t> shorten,
                     int columns) {
  const std::vector<int> widths = widths_of(rows);
  int room = columns - total_width(widths);
  for (const std::size_t column : shorten) room += widths[column];
  std::sort(shorten.begin(), shorten.end(),
            [&](std::size_t one, std::size_t other) { return widths[one] < widths[other]; });
  for (std::size_t i = 0; i < shorten.size(); ++i) {
    const std::size_t column = shorten[i];
    const int share = std::max(room / static_cast<int>(shorten.size() - i), kMinShortened);
    const int width = std::min(widths[column], share);
    for (auto& row : rows) row[column] = shortened(row[column], width);
    room -= width;
  }
}

}  // namespace

std::string fitted_table_text(std::vector<std::vector<std::string>> rows, const TableFit& fit) {
  if (fit.columns <= 0 || rows.empty()) return table_text(rows);
  std::vector<std::size_t> shorten = fit.shorten;
  const auto needed = [&] {
    std::vector<int> widths = widths_of(rows);
    for (const std::size_t column : shorten)
      widths[column] = std::min(widths[column], kMinShortened);
    return total_width(widths);
  };
  // An empty column needs no place, and keeps the numbers of the others.
  std::vector<std::size_t> gone;
  const auto leave_out = [&](std::size_t column) {
    for (auto& row : rows) row.at(column).clear();
    gone.push_back(column);
  };
  const auto is_too_wide = [&] {
    return needed() - static_cast<int>(gone.size()) * kGap > fit.columns;
  };
  const auto has_nothing = [&](std::size_t column) {
    return std::all_of(rows.begin() + 1, rows.end(),
                       [column](const auto& row) { return row.at(column).empty(); });
  };
  // First what says nothing, which nobody misses.
  for (const std::size_t column : fit.leave_out) {
    if (is_too_wide() && has_nothing(column)) leave_out(column);
  }
  const std::size_t empty = gone.size();
  for (const std::size_t column : fit.leave_out) {
    const bool is_gone = std::find(gone.begin(), gone.end(), column) != gone.end();
    if (is_too_wide() && !is_gone) leave_out(column);
  }
  std::sort(gone.rbegin(), gone.rend());
  for (const std::size_t column : gone) {
    for (auto& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
    std::erase(shorten, column);
    for (std::size_t& other : shorten) other -= other > column ? 1 : 0;
  }
  shorten_columns(rows, shorten, fit.columns);
  return table_text(rows) + (gone.size() == empty ? "" : "(--json shows all columns)\n");
}

}  // namespace airforce::cli
