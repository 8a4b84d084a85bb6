// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/clip_cache.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>

#include "store/sqlite_file.h"
#include "store/store.h"
#include "values/unique_fd.h"

namespace airforce {
namespace {

constexpr std::int64_t kDefaultBytes = std::int64_t{4} << 30;
constexpr std::time_t kSweepAfterSeconds = 3600;  // longer than anybody takes to copy a clip
constexpr const char* kClipSuffix = ".mp4";
constexpr const char* kPartSuffix = ".part";

constexpr const char* kIndexVersion1 = R"sql(
CREATE TABLE clips(
  name TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL,
  used INTEGER NOT NULL, -- grows with every use: the smallest goes first
  task_id TEXT NOT NULL
) STRICT;
CREATE INDEX clips_by_use ON clips(used);
)sql";
constexpr const char* kIndexVersion2 = R"sql(
CREATE TABLE pins(
  name TEXT NOT NULL,
  series TEXT NOT NULL,
  pinned_at INTEGER NOT NULL, -- Unix seconds
  PRIMARY KEY(name, series)
) STRICT;
CREATE INDEX pins_by_series ON pins(series);
)sql";
constexpr const char* kIndexMigrations[] = {kIndexVersion1, kIndexVersion2};

constexpr const char* kNextUse = "(SELECT coalesce(max(used), 0) + 1 FROM clips)";

// Both the account and the request: what one key, or one server, made is not another's.
std::string name_for(const RequestIdentity& identity) {
  const std::string both = identity.account + "\n" + identity.request;
  const GCharPtr hash(g_compute_checksum_for_string(G_CHECKSUM_SHA256, both.data(),
                                                    static_cast<gssize>(both.size())));
  return hash.get() + std::string(kClipSuffix);
}

[[noreturn]] void fail(const std::string& what, const std::string& why) {
  throw Error(ErrorKind::File, Step::Store, what + ": " + why,
              "free some space there, or set AIRFORCE_CACHE_BYTES=0 to keep no clips");
}

// A file that is unlinked unless it gets its final name.
class PartFile {
 public:
  explicit PartFile(const std::string& directory) : path_(directory + "/XXXXXX" + kPartSuffix) {
    const UniqueFd fd(
        mkostemps(path_.data(), static_cast<int>(std::strlen(kPartSuffix)), O_CLOEXEC));
    if (!fd) fail("A clip can't be kept in " + directory, std::strerror(errno));
  }
  ~PartFile() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  // Returns its size.
  std::int64_t fill_from(const std::string& source) {
    const GObjectPtr<GFile> from(g_file_new_for_path(source.c_str()));
    const GObjectPtr<GFile> to(g_file_new_for_path(path_.c_str()));
    GErrorSlot error;
    const auto flags =
        static_cast<GFileCopyFlags>(G_FILE_COPY_OVERWRITE | G_FILE_COPY_TARGET_DEFAULT_PERMS);
    if (!g_file_copy(from.get(), to.get(), flags, nullptr, nullptr, nullptr, error)) {
      fail("A clip can't be kept at " + path_, error->message);
    }
    const UniqueFd fd(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!fd || fchmod(fd.get(), 0600) != 0 || fsync(fd.get()) != 0 ||
        fstat(fd.get(), &status) != 0) {
      fail("A clip can't be kept at " + path_, std::strerror(errno));
    }
    return status.st_size;
  }

  void become(const std::string& target) {
    if (rename(path_.c_str(), target.c_str()) != 0) {
      fail("A clip can't be kept at " + target, std::strerror(errno));
    }
    path_.clear();
  }

 private:
  std::string path_;
};

}  // namespace

ClipCache::ClipCache(std::string directory, std::int64_t limit, GCancellable* cancellable)
    : directory_(std::move(directory)),
      limit_(limit),
      cancellable_(cancellable != nullptr ? share(cancellable) : nullptr) {}

ClipCache::~ClipCache() = default;

std::unique_ptr<ClipCache> ClipCache::standard(GCancellable* cancellable) {
  const GCharPtr directory(
      g_build_filename(g_get_user_cache_dir(), "airforce-video", "clips", nullptr));
  std::int64_t limit = kDefaultBytes;
  if (const char* text = g_getenv("AIRFORCE_CACHE_BYTES"); text != nullptr && *text != '\0') {
    guint64 value = 0;
    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &value, nullptr)) {
      throw Error(ErrorKind::Settings, Step::Settings,
                  std::string("AIRFORCE_CACHE_BYTES is \"") + text + "\", not a number of bytes");
    }
    limit = static_cast<std::int64_t>(value);
  }
  return std::make_unique<ClipCache>(directory.get(), limit, cancellable);
}

Database& ClipCache::open(File& file) const {
  if (open_where_moved(file, directory_ + "/index.sqlite", FileKind::ClipCache, kIndexMigrations,
                       cancellable_.get())) {
    // What a power cut takes from the index, sweep() takes from the directory.
    file->database->execute("PRAGMA synchronous=NORMAL");
  }
  return *file->database;
}

std::optional<ClipCache::Found> ClipCache::find(const RequestIdentity& identity) {
  const auto file = file_.lock();
  // Most machines never keep a clip: don't make an index to find nothing in it.
  if (limit_ == 0 || access(directory_.c_str(), F_OK) != 0) return std::nullopt;
  try {
    Database& index = open(*file);
    const std::string name = name_for(identity);
    Found found{directory_ + "/" + name, {}};
    const auto is_here = [&found] { return access(found.path.c_str(), R_OK) == 0; };
    {
      const auto row = index.query(
          "SELECT task_id, used=(SELECT max(used) FROM clips) FROM clips WHERE name=?", name);
      if (!row->next()) return std::nullopt;
      found.task_id = row->text(0);
      // One that is replayed again and again: a write would cost more than all else.
      if (row->integer(1) != 0 && is_here()) return found;
    }
    Transaction transaction(index, Transaction::Kind::Write);
    const bool here = is_here();
    if (here) {
      static const std::string kUse =
          std::string("UPDATE clips SET used=") + kNextUse + " WHERE name=?";
      index.change(kUse, name);
    } else {
      index.change("DELETE FROM clips WHERE name=?", name);
    }
    transaction.commit();
    return here ? std::optional(found) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void ClipCache::keep(const RequestIdentity& identity, const std::string& task_id,
                     const std::string& path) {
  if (limit_ == 0) return;
  try {
    {
      const auto file = file_.lock();
      open(*file);  // makes the directory
    }
    PartFile part(directory_);
    const std::int64_t bytes = part.fill_from(path);  // may take long: not under the lock
    const std::string name = name_for(identity);
    const auto file = file_.lock();
    Database& index = open(*file);
    if (bytes > limit_ && !is_pinned(index, name)) return;
    static const std::string kInsert =
        std::string("INSERT OR REPLACE INTO clips(name, bytes, used, task_id) VALUES(?, ?, ") +
        kNextUse + ", ?)";
    // Files change inside the transaction, so that nobody evicts a name while it gets a new clip. A
    // crash in between leaves a row without a file or a file without a row; both are found later.
    Transaction transaction(index, Transaction::Kind::Write);
    index.change("DELETE FROM clips WHERE name=?", name);
    evict(index, bytes);
    part.become(directory_ + "/" + name);
    index.change(kInsert, name, bytes, task_id);
    sweep(index);
    transaction.commit();
  } catch (const Error& error) {
    if (error.kind == ErrorKind::File) throw;
    fail("A clip can't be kept in " + directory_, error.message);
  }
}

void ClipCache::pin(const RequestIdentity& identity, const std::string& series) {
  if (limit_ == 0) return;
  try {
    const auto file = file_.lock();
    Database& index = open(*file);
    Transaction transaction(index, Transaction::Kind::Write);
    index.change("DELETE FROM pins WHERE pinned_at < ?", std::time(nullptr) - kPinSeconds);
    index.change("INSERT OR REPLACE INTO pins(name, series, pinned_at) VALUES(?, ?, ?)",
                 name_for(identity), series, static_cast<std::int64_t>(std::time(nullptr)));
    transaction.commit();
  } catch (const Error& error) {
    fail("A clip can't be kept in " + directory_, error.message);
  }
}

void ClipCache::unpin(const std::string& series) {
  // Without a directory there are no pins.
  if (limit_ == 0 || access(directory_.c_str(), F_OK) != 0) return;
  try {
    const auto file = file_.lock();
    Database& index = open(*file);
    Transaction transaction(index, Transaction::Kind::Write);
    index.change("DELETE FROM pins WHERE series=?", series);
    evict(index, 0);
    transaction.commit();
  } catch (const Error& error) {
    fail("Clips in " + directory_ + " can't be unpinned", error.message);
  }
}

bool ClipCache::is_pinned(Database& index, const std::string& name) {
  return index
      .query("SELECT 1 FROM pins WHERE name=? AND pinned_at >= ?", name,
             std::time(nullptr) - kPinSeconds)
      ->next();
}

void ClipCache::evict(Database& index, std::int64_t incoming) const {
  std::int64_t total = incoming + index.integer("SELECT sum(bytes) FROM clips");
  std::vector<std::string> names;
  {
    const auto rows = index.query(
        "SELECT name, bytes FROM clips WHERE name NOT IN"
        " (SELECT name FROM pins WHERE pinned_at >= ?) ORDER BY used",
        std::time(nullptr) - kPinSeconds);
    while (total > limit_ && rows->next()) {
      names.push_back(rows->text(0));
      total -= rows->integer(1);
    }
  }
  for (const auto& name : names) {
    unlink((directory_ + "/" + name).c_str());  // whoever plays it has it open
    index.change("DELETE FROM clips WHERE name=?", name);
  }
}

// What a killed process left, or an index that was lost.
void ClipCache::sweep(Database& index) const {
  const std::unique_ptr<GDir, Deleter<g_dir_close>> entries(
      g_dir_open(directory_.c_str(), 0, nullptr));
  if (entries == nullptr) return;
  while (const char* entry = g_dir_read_name(entries.get())) {
    const bool ours = g_str_has_suffix(entry, kClipSuffix) || g_str_has_suffix(entry, kPartSuffix);
    if (!ours) continue;
    const std::string path = directory_ + "/" + entry;
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) continue;
    if (std::time(nullptr) - status.st_mtime < kSweepAfterSeconds) continue;
    if (index.query("SELECT 1 FROM clips WHERE name=?", std::string_view(entry))->next()) continue;
    unlink(path.c_str());
  }
}

}  // namespace airforce
