// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/sqlite_db.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <random>
#include <thread>

#include <sys/stat.h>

#include <glib.h>

namespace airforce {
namespace {

constexpr int kStepsBetweenLooks = 10'000;  // of SQLite's virtual machine: less than a millisecond

std::string advice_for(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL: return "free some space there, or name another store";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "look for a process that holds it locked, then ask again";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "it is set aside when it is opened next";
    case SQLITE_NOMEM: return "free some memory";
    default: return "make it and its directory writable, or name another store";
  }
}

std::string text_for(int code, const std::string& path, const std::string& detail, int number) {
  std::string text = "The store " + path + " can't be used: " + detail;
  const int primary = code & 0xff;
  const bool of_system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN ||
                         primary == SQLITE_FULL || primary == SQLITE_PERM ||
                         primary == SQLITE_READONLY;
  if (of_system && number != 0) text += std::string(" (") + std::strerror(number) + ")";
  return text;
}

// SQLite keeps the system's error for an open that fails, but not always for a write; then errno,
// set to 0 before the call, still has it.
int system_error(sqlite3* connection) {
  const int number = errno;
  const int kept = connection != nullptr ? sqlite3_system_errno(connection) : 0;
  return kept != 0 ? kept : number;
}

// SQLite's own waits grow to 100 ms and are alike in all processes, so the unlucky starve; short
// random ones share the lock better.
int wait_for_lock(void* timeouts, int count) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  static thread_local std::optional<TimedWait> wait;
  if (count == 0) wait.emplace(*static_cast<const WaitTimeout*>(timeouts));
  if (wait->left() <= 0) return 0;
  const unsigned longest_us = 1000u * static_cast<unsigned>(std::min(count + 1, 8));
  std::this_thread::sleep_for(std::chrono::microseconds(200 + random() % longest_us));
  return 1;
}

}  // namespace

SqliteError::SqliteError(int result, const std::string& path, const std::string& detail,
                         int system_errno)
    : Error(ErrorKind::Store, Step::Store, text_for(result, path, detail, system_errno),
            advice_for(result)),
      code(result) {}

bool SqliteError::busy() const {
  return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_INTERRUPT;
}

bool SqliteError::damaged() const {
  return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

Query::~Query() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Query::check(int result) {
  if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE) return;
  sqlite3* connection = sqlite3_db_handle(statement_);
  const int number = system_error(connection);
  throw SqliteError(sqlite3_extended_errcode(connection), path_, sqlite3_errmsg(connection),
                    number);
}

bool Query::next() {
  errno = 0;
  const int result = sqlite3_step(statement_);
  check(result);
  return result == SQLITE_ROW;
}

std::string Query::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void Query::bind(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, index, value));
}

void Query::bind(int index, double value) {
  check(sqlite3_bind_double(statement_, index, value));
}

void Query::bind(int index, std::string_view value) {
  check(sqlite3_bind_text(statement_, index, value.data(), static_cast<int>(value.size()),
                          SQLITE_TRANSIENT));
}

Database::Database(std::string path, const std::string& mode_of, WaitTimeout timeouts)
    : path_(std::move(path)), timeouts_(std::move(timeouts)) {
  const auto escape = [](const std::string& name) {
    return GCharPtr(g_uri_escape_string(name.c_str(), "/", false));
  };
  const std::string uri =
      std::string("file:") + escape(path_).get() + "?modeof=" + escape(mode_of).get();
  sqlite3* connection = nullptr;
  const int result = sqlite3_open_v2(uri.c_str(), &connection,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI |
                                         SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     nullptr);
  connection_.reset(connection);
  if (result != SQLITE_OK) fail(result);
  sqlite3_busy_handler(connection_.get(), wait_for_lock, const_cast<WaitTimeout*>(&timeouts_));
  sqlite3_progress_handler(connection_.get(), kStepsBetweenLooks, stop_when_cancelled, this);
}

// A file that takes long (a check of gigabytes) is left when nobody waits for it any more.
int Database::stop_when_cancelled(void* data) {
  auto& database = *static_cast<Database*>(data);
  if (!database.timeouts_.cancelled()) return 0;
  if (!database.last_moment_) database.last_moment_.emplace(database.timeouts_);
  return database.last_moment_->left() <= 0 ? 1 : 0;
}

Database::~Database() = default;

void Database::fail(int result) const {
  sqlite3* connection = connection_.get();
  const int number = system_error(connection);
  throw SqliteError(result, path_,
                    connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(result),
                    number);
}

void Database::execute(const char* sql) {
  errno = 0;
  const int result = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) fail(sqlite3_extended_errcode(connection_.get()));
}

std::unique_ptr<Query> Database::start(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    sqlite3_stmt* statement = nullptr;
    const int result =
        sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (result != SQLITE_OK) fail(sqlite3_extended_errcode(connection_.get()));
    found = statements_.emplace(std::string(sql), nullptr).first;
    found->second.reset(statement);
  }
  return std::make_unique<Query>(found->second.get(), path_);
}

void Database::shrink() {
  statements_.clear();
  sqlite3_db_release_memory(connection_.get());
}

std::int64_t Database::integer(std::string_view sql) {
  auto rows = query(sql);
  return rows->next() ? rows->integer(0) : 0;
}

std::string Database::text(std::string_view sql) {
  auto rows = query(sql);
  return rows->next() ? rows->text(0) : std::string();
}

void Database::define(const char* name, std::function<bool(std::int64_t)> function) {
  auto& stored = functions_[name] = std::move(function);
  const auto call = [](sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto& target =
        *static_cast<std::function<bool(std::int64_t)>*>(sqlite3_user_data(context));
    try {
      sqlite3_result_int(context, target(sqlite3_value_int64(arguments[0])) ? 1 : 0);
    } catch (const std::exception& error) {
      sqlite3_result_error(context, error.what(), -1);
    }
  };
  const int result =
      sqlite3_create_function_v2(connection_.get(), name, 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                 &stored, call, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) fail(result);
}

bool Database::moved() const {
  int moved = 0;
  sqlite3_file_control(connection_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

bool Database::emptied() const {
  struct stat status {};
  return stat(path_.c_str(), &status) == 0 && status.st_size == 0;
}

void Database::keep_wal(bool keep) {
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
}

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  database_.execute(kind == Kind::Write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (!open_) return;
  // Some errors (a full disk) roll back on their own; then there is nothing left to do.
  sqlite3_exec(database_.connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace airforce
