// SPDX-License-Identifier: LGPL-2.1-or-later
// SQLite with ownership and exceptions. One connection, used by one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "store/wait_timeout.h"
#include "values/error.h"
#include "values/glib_ptr.h"

namespace airforce {

// Error{Store} with SQLite's extended result code.
struct SqliteError : Error {
  SqliteError(int result, const std::string& path, const std::string& detail, int system_errno);
  // Whether the file's content is to blame, not its surroundings.
  bool damaged() const;
  // Whether somebody else had it locked for longer than was waited, or it was cancelled at work.
  bool busy() const;
  int code;
};

// One run of a cached statement; gives it back when destroyed.
class Query {
 public:
  Query(sqlite3_stmt* statement, const std::string& path) : statement_(statement), path_(path) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  // The next row; false at the end.
  bool next();
  // Columns of the row, from 0.
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  double number(int column) const { return sqlite3_column_double(statement_, column); }
  std::string text(int column) const;
  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

 private:
  friend class Database;
  void bind(int index, std::int64_t value);
  void bind(int index, int value) { bind(index, std::int64_t{value}); }
  void bind(int index, double value);
  void bind(int index, std::string_view value);
  void check(int result);

  sqlite3_stmt* statement_;
  const std::string& path_;
};

// Functions throw SqliteError.
class Database {
 public:
  // Opens or creates the file. A new one gets the permissions of the file `mode_of`; a locked one
  // is waited for.
  Database(std::string path, const std::string& mode_of, WaitTimeout timeouts);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& path() const { return path_; }
  // Runs statements without parameters and results.
  void execute(const char* sql);
  // Starts one statement with its parameters, in their order. `sql` is also its key in the cache.
  template <typename... Values>
  std::unique_ptr<Query> query(std::string_view sql, const Values&... values) {
    auto run = start(sql);
    [[maybe_unused]] int index = 0;  // a statement may have none
    (run->bind(++index, values), ...);
    return run;
  }
  // The same for statements that return nothing. Returns how many rows were changed.
  template <typename... Values>
  int change(std::string_view sql, const Values&... values) {
    query(sql, values...)->next();
    return sqlite3_changes(connection_.get());
  }
  // The first column of the first row, or 0.
  std::int64_t integer(std::string_view sql);
  std::string text(std::string_view sql);
  // A function of one integer that SQL can call.
  void define(const char* name, std::function<bool(std::int64_t)> function);
  // Gives back what it only keeps to be faster the next time. Not while a query runs.
  void shrink();
  // Whether the file is no longer the one at path().
  bool moved() const;
  // Whether somebody cut the file at path() to nothing.
  bool emptied() const;
  // Whether to leave the -wal file as it is when this connection, the last one, closes.
  void keep_wal(bool keep);

 private:
  friend class Transaction;
  static int stop_when_cancelled(void* database);
  std::unique_ptr<Query> start(std::string_view sql);
  [[noreturn]] void fail(int result) const;

  std::string path_;
  std::map<std::string, std::function<bool(std::int64_t)>> functions_;
  std::unique_ptr<sqlite3, Deleter<sqlite3_close_v2>> connection_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Deleter<sqlite3_finalize>>, std::less<>>
      statements_;
  const WaitTimeout timeouts_;
  std::optional<TimedWait> last_moment_;  // once it is cancelled
};

// Rolled back unless committed.
class Transaction {
 public:
  enum class Kind { Read, Write };
  Transaction(Database& database, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace airforce
