// SPDX-License-Identifier: LGPL-2.1-or-later
#include "earlier_save.h"

#include <filesystem>

#include "generation/credentials.h"
#include "generation/inputs.h"
#include "generation/known_task.h"
#include "media/media.h"
#include "mp4/metadata_file.h"

namespace airforce::cli {
namespace {

namespace fs = std::filesystem;

bool is_file(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

Companions missing_of(const Companions& wanted, const std::string& path) {
  return {wanted.metadata && mp4::lacks_metadata(path), wanted.sidecar && !is_file(path + ".json"),
          wanted.thumbnail && thumbnail_beside(path).empty()};
}

bool is_same_request(const Settings& request, const HistoryEntry& entry, const std::string& account,
                     bool is_whole) {
  const std::string& task_id = request.string(Parameter::task_id);
  if (!task_id.empty()) return task_id == entry.task_id;
  if (!is_whole) return canonical_prompt(request.string(Parameter::prompt)) == entry.prompt;
  const auto store = open_store(request.string(Parameter::store));
  const auto bought = known_purchase(*store, account, entry.task_id);
  return bought && bought->request == stored_request(account, load_inputs(request));
}

Task task_of(const HistoryEntry& entry) {
  Task task;
  task.task_id = entry.task_id;
  task.status = TaskStatus::Completed;
  task.status_text = "completed";
  task.model = entry.model;
  if (entry.cost_cents >= 0) task.cost_cents = entry.cost_cents;
  if (entry.created_at != 0) task.created = entry.created_at;
  return task;
}

}  // namespace

HistoryEntry known_task(const Settings& settings) {
  const std::string& task_id = settings.string(Parameter::task_id);
  if (task_id.empty()) return {};
  try {
    const auto history = History::standard();
    if (history == nullptr) return {};
    return history->of_task(resolve_credentials(settings).account(), task_id);
  } catch (const Error&) {  // nobody knows the task
    return {};
  }
}

std::optional<EarlierSave> earlier_save(const Companions& wanted, const std::string& path,
                                        const Settings& request, bool is_whole) {
  if (!is_file(path)) return std::nullopt;
  const Companions missing = missing_of(wanted, path);
  if (!missing.any()) return std::nullopt;
  try {
    const auto history = History::standard();
    if (history == nullptr) return std::nullopt;
    const std::string account = resolve_credentials(request).account();
    const auto entry = history->saved_as(account, fs::absolute(path).string());
    if (!entry || !is_same_request(request, *entry, account, is_whole)) return std::nullopt;
    return EarlierSave{{request, task_of(*entry), entry->prompt}, account, missing};
  } catch (const Error&) {  // nobody knows whose file it is
    return std::nullopt;
  }
}

WrittenCompanions finish_save(const EarlierSave& save, const std::string& path) {
  WrittenCompanions written =
      write_companions(save.missing, path, save.origin, [&] { return small_frame_jpeg(path); });
  try {
    const Task& task = save.origin.task;
    History::standard()->delivered(save.account, task.task_id, fs::absolute(path).string(),
                                   task.cost_cents.value_or(-1));
  } catch (const Error& error) {
    written.warnings.push_back(error.message);
  }
  return written;
}

}  // namespace airforce::cli
