// SPDX-License-Identifier: LGPL-2.1-or-later
// What was bought, in full: prompts, paths, sums. A file of this user on this machine, apart from
// the store: the store has to be shared between machines and holds no full prompt; this must not
// be.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gio/gio.h>

#include "values/clock.h"
#include "values/glib_ptr.h"
#include "values/guarded.h"

namespace airforce {

struct SqliteFile;

struct HistoryEntry {
  enum class State { Created, Delivered, Failed };
  State state = State::Created;
  std::string task_id;
  std::string model;
  std::string prompt;
  std::string path;    // where the clip was delivered to; "" where it was only played
  std::string reason;  // of a failure
  std::string budget;  // NAME=CENTS that it was charged to, "" for none
  double cost_cents = -1;
  std::int64_t created_at = 0;  // Unix seconds by this machine's clock; 0 if unknown
  std::int64_t ended_at = 0;
};

// "created", "delivered", "failed"
const char* name_of(HistoryEntry::State state);

// One entry for each task. Entries older than kDays, and all beyond kMaxEntries, are deleted when a
// new one is written. Functions are safe from several threads and processes; they throw
// Error{Store} and Error{Cancelled}, which must not end a generation: warn.
class History {
 public:
  static constexpr int kDays = 90;
  static constexpr int kMaxEntries = 10'000;

  // The file (0600) is made when something is written. `clock` must outlive the history.
  explicit History(std::string path, const Clock& clock = system_clock(),
                   GCancellable* cancellable = nullptr);
  ~History();

  // The file that AIRFORCE_HISTORY names, or $XDG_STATE_HOME/airforce-video/history.sqlite. Null
  // where AIRFORCE_HISTORY is "off": nothing is recorded.
  static std::unique_ptr<History> standard(const Clock& clock = system_clock(),
                                           GCancellable* cancellable = nullptr);

  // `account`: as in RequestIdentity. Cents below zero: not known, so what was known stays.
  void created(const std::string& account, const std::string& task_id, const std::string& model,
               const std::string& prompt, double cost_cents, const std::string& budget = "");
  void delivered(const std::string& account, const std::string& task_id, const std::string& path,
                 double cost_cents);
  // The clip of a known task is about to be saved there. newest() has the path once it is
  // delivered.
  void saving(const std::string& account, const std::string& task_id, const std::string& path);
  void failed(const std::string& account, const std::string& task_id, const std::string& reason);

  // Newest first. Account "": of all.
  std::vector<HistoryEntry> newest(const std::string& account, int limit);
  // The task whose clip was saved there last, also by a run that was ended right after it. Unset
  // for none, or where that task has failed.
  std::optional<HistoryEntry> saved_as(const std::string& account, const std::string& path);
  // Without a task_id for a task that is not known.
  HistoryEntry of_task(const std::string& account, const std::string& task_id);
  void clear();

 private:
  using File = std::unique_ptr<SqliteFile>;
  SqliteFile& open(File& file) const;
  bool exists() const;
  template <typename Change>
  void write(Change change);

  const std::string path_;
  const Clock& clock_;
  const GObjectPtr<GCancellable> cancellable_;
  Guarded<File> file_;
};

}  // namespace airforce
