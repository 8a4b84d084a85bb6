// SPDX-License-Identifier: LGPL-2.1-or-later
// A database file of ours, opened permanently: created, migrated, and replaced when it is damaged.
#pragma once

#include <memory>
#include <string>

#include "store/owner_locks.h"
#include "store/sqlite_db.h"
#include "store/sqlite_schema.h"

namespace airforce {

struct SqliteFile {
  std::unique_ptr<OwnerLocks> locks;  // beside the file: PATH.owners
  std::unique_ptr<Database> database;
  std::string warning;  // a damaged file was set aside; "" if not
};

// Creates missing directories (0700) and the file (0600). A damaged file of ours is renamed, with
// its -wal, to PATH.damaged-TIME, and a new one is made; a file that was never ours is left alone.
// Processes that open the same file take turns. Once cancelled, neither this nor the database waits
// for others any more (wait_timeout.h); `cancellable` may be null. Throws Error{Store},
// Error{Cancelled}.
SqliteFile open_sqlite_file(const std::string& path, FileKind kind, Migrations steps,
                            GCancellable* cancellable = nullptr);
// The same into `file` where that is not open, or its path leads to another file by now. Says
// whether it did.
bool open_where_moved(std::unique_ptr<SqliteFile>& file, const std::string& path, FileKind kind,
                      Migrations steps, GCancellable* cancellable);

}  // namespace airforce
