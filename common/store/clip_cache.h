// SPDX-License-Identifier: LGPL-2.1-or-later
// Finished clips on this machine, for every store engine. The directory is disposable: delete it,
// whole or in part, at any time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <gio/gio.h>

#include "values/glib_ptr.h"
#include "values/guarded.h"

namespace airforce {

struct RequestIdentity;
class Database;
struct SqliteFile;

// Safe from several threads and with several processes. An index in SQLite remembers what was used
// when; whatever is in the directory but not in the index is swept out after a while.
class ClipCache {
 public:
  // Nothing is opened before it is needed, so that a broken cache does not keep a store from
  // working. `limit`: bytes; 0 keeps nothing. `cancellable` as in open_store().
  ClipCache(std::string directory, std::int64_t limit, GCancellable* cancellable = nullptr);
  ~ClipCache();

  // $XDG_CACHE_HOME/airforce-video/clips, AIRFORCE_CACHE_BYTES or else 4 GiB.
  static std::unique_ptr<ClipCache> standard(GCancellable* cancellable = nullptr);

  struct Found {
    std::string path;
    std::string task_id;
  };
  // The clip of an equal request of the same account; it counts as used now. A cache that can't be
  // used has nothing.
  std::optional<Found> find(const RequestIdentity& identity);
  // Pinned clips are not evicted: Store::pin_clip. Throws Error{File}.
  void pin(const RequestIdentity& identity, const std::string& series);
  void unpin(const std::string& series);
  // Copies the clip (sharing its blocks where the file system can): complete or not at all, 0600.
  // Throws Error{File}.
  void keep(const RequestIdentity& identity, const std::string& task_id, const std::string& path);

 private:
  using File = std::unique_ptr<SqliteFile>;
  Database& open(File& file) const;
  static bool is_pinned(Database& index, const std::string& name);
  void evict(Database& index, std::int64_t incoming) const;
  void sweep(Database& index) const;

  const std::string directory_;
  const std::int64_t limit_;
  const GObjectPtr<GCancellable> cancellable_;
  Guarded<File> file_;
};

}  // namespace airforce
