// SPDX-License-Identifier: LGPL-2.1-or-later
// What is in a database file of ours, by version, and how an older one becomes a newer one.
#pragma once

#include <cstdint>
#include <span>

#include "store/sqlite_db.h"

namespace airforce {

// The kinds of database file we have, as SQLite's application_id: nobody else's file is touched.
enum class FileKind : std::int64_t {
  Store = 0x61667631,      // "afv1"
  ClipCache = 0x61667643,  // "afvC"
  History = 0x61667648,    // "afvH"
};

// steps[n] leads from version n to n + 1. Version 0 is an empty file.
using Migrations = std::span<const char* const>;

Migrations store_migrations();

// Throws Error{Store} for the file of another application and for a newer version than known.
// Only reads.
void check_kind(Database& database, FileKind kind, Migrations steps);
// The same for a file that is in use: another process may have brought it to a newer version.
void check_version(Database& database, Migrations steps);
// Brings the database to the newest version, in one transaction: after a crash it is at the old one
// or at the new one. To be called after check_kind().
void migrate(Database& database, FileKind kind, Migrations steps);

}  // namespace airforce
