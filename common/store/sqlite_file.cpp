// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/sqlite_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <sys/stat.h>

#include <glib.h>

namespace airforce {
namespace {

constexpr double kSqliteTimeoutSeconds = 20;

void make_parent(const std::string& path) {
  const GCharPtr parent(g_path_get_dirname(path.c_str()));
  if (g_mkdir_with_parents(parent.get(), 0700) == 0) return;
  throw Error(ErrorKind::Store, Step::Store,
              std::string("The store's directory ") + parent.get() +
                  " can't be made: " + std::strerror(errno),
              "make it by hand, or name another store");
}

std::unique_ptr<Database> open_checked(const std::string& path, const OwnerLocks& locks,
                                       FileKind kind, Migrations steps,
                                       const WaitTimeout& timeouts) {
  auto database = std::make_unique<Database>(
      path, locks.path(), WaitTimeout(kSqliteTimeoutSeconds, timeouts.cancellable()));
  database->keep_wal(true);  // until the file is known to be good: its -wal may be worth saving
  check_kind(*database, kind, steps);
  // A few pages cached: the kernel has the file, and many sources that wait hold one each.
  // Where shared memory is not available, SQLite stays with its rollback journal: slower, as safe.
  database->text("PRAGMA journal_mode=WAL");
  database->execute(
      "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA journal_size_limit=1048576;"
      "PRAGMA trusted_schema=OFF; PRAGMA cache_size=8");
  database->shrink();
  migrate(*database, kind, steps);
  // Of `main` alone: asked for all, it would open a temporary database, with a cache of its own.
  if (const auto result = database->text("PRAGMA main.quick_check(1)"); result != "ok") {
    throw SqliteError(SQLITE_CORRUPT, path, result, 0);
  }
  // A copy that came here with wider permissions.
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && (status.st_mode & 0077) != 0) chmod(path.c_str(), 0600);
  database->keep_wal(false);
  return database;
}

std::string set_aside(const std::string& path, const std::string& why) {
  const std::int64_t now = g_get_real_time();
  const std::unique_ptr<GDateTime, Deleter<g_date_time_unref>> time(
      g_date_time_new_from_unix_utc(now / G_USEC_PER_SEC));
  const GCharPtr stamp(g_date_time_format(time.get(), "%Y%m%dT%H%M%S"));
  const std::string target =
      path + ".damaged-" + stamp.get() + "." + std::to_string(now % G_USEC_PER_SEC) + "Z";
  if (std::rename(path.c_str(), target.c_str()) != 0) {
    throw Error(
        ErrorKind::Store, Step::Store,
        "The store " + path + " is damaged, and can't be set aside: " + std::strerror(errno),
        "move it away by hand, or name another store");
  }
  std::rename((path + "-wal").c_str(), (target + "-wal").c_str());
  std::remove((path + "-shm").c_str());
  return "The store " + path + " was damaged (" + why + ") and is set aside as " + target +
         "; purchases that only it knew are not taken over, the service still lists their tasks";
}

// A pipe or a device would be waited for, or written to.
void refuse_special_file(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return;
  throw Error(ErrorKind::Store, Step::Store, "The store " + path + " is not a regular file",
              "name a file");
}

bool is_empty(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && status.st_size == 0;
}

}  // namespace

SqliteFile open_sqlite_file(const std::string& path, FileKind kind, Migrations steps,
                            GCancellable* cancellable) {
  const WaitTimeout timeouts(kSqliteTimeoutSeconds, cancellable);
  refuse_special_file(path);
  make_parent(path);
  SqliteFile file;
  do {  // until the lock file that was opened is the one that the others open
    file.locks = std::make_unique<OwnerLocks>(path + ".owners");
  } while (!file.locks->in_place());
  const OwnerLocks::OpenGuard guard(*file.locks, timeouts);

  // SQLite would take it for a new database, and forget the purchases silently.
  if (is_empty(path) && file.locks->marked()) file.warning = set_aside(path, "it was emptied");
  try {
    file.database = open_checked(path, *file.locks, kind, steps, timeouts);
  } catch (const SqliteError& error) {
    if (error.busy() && timeouts.cancelled()) throw_cancelled();
    if (!error.damaged()) throw;
    if (!file.locks->marked()) {
      // Never used as our store: somebody named the wrong file. It must not be renamed.
      throw Error(ErrorKind::Store, Step::Store,
                  path + " can't be used as the store: it is another kind of file, or damaged",
                  "name another file, or move this one away");
    }
    file.warning = set_aside(path, sqlite3_errstr(error.code & 0xff));
    file.database = open_checked(path, *file.locks, kind, steps, timeouts);
  }
  file.locks->mark();
  file.database->define("owner_lives", [locks = file.locks.get()](std::int64_t owner) {
    return owner != 0 && locks->lives(owner);
  });
  return file;
}

bool open_where_moved(std::unique_ptr<SqliteFile>& file, const std::string& path, FileKind kind,
                      Migrations steps, GCancellable* cancellable) {
  if (file != nullptr && !file->database->moved()) return false;
  file.reset();
  file = std::make_unique<SqliteFile>(open_sqlite_file(path, kind, steps, cancellable));
  return true;
}

}  // namespace airforce
