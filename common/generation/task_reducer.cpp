// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/task_reducer.h"

#include <algorithm>

namespace airforce {
namespace {

template <typename Field>
bool take(Field& field, const Field& news, bool is_set) {
  if (!is_set || field == news) return false;
  field = news;
  return true;
}

template <typename T>
bool take(std::optional<T>& field, const std::optional<T>& news) {
  return take(field, news, news.has_value());
}

bool take(std::string& field, const std::string& news) {
  return take(field, news, !news.empty());
}

int rank(TaskStatus status) {
  switch (status) {
    case TaskStatus::Unknown:
    case TaskStatus::Queued: return 0;
    case TaskStatus::Running: return 1;
    default: return 2;
  }
}

}  // namespace

bool TaskReducer::polled(const Task& news) {
  return is_ours(news) && merge(news, true);
}

bool TaskReducer::hinted(const Task& news) {
  if (!is_ours(news)) return false;
  if (is_final(news.status)) hinted_final_ = true;
  return merge(news, false);
}

// An answer that names another task says nothing of this one, whose id is never given up.
bool TaskReducer::is_ours(const Task& news) const {
  return news.task_id.empty() || task_.task_id.empty() || news.task_id == task_.task_id;
}

bool TaskReducer::merge(const Task& news, bool final_allowed) {
  // Late news of a task that has ended may only complete it.
  if (done() && news.status != task_.status) return false;
  bool changed = false;
  // One that nobody knows is shown as it is, and decides nothing.
  if (!done() && news.status == TaskStatus::Unknown)
    changed |= take(task_.status_text, news.status_text);
  if ((final_allowed || !is_final(news.status)) && rank(news.status) >= rank(task_.status) &&
      news.status != TaskStatus::Unknown) {
    changed |= take(task_.status_text, news.status_text);
    task_.status = news.status;
  }
  if (news.progress && (!task_.progress || *news.progress > *task_.progress)) {
    task_.progress = std::clamp(*news.progress, 0, 100);
    changed = true;
  }
  changed |= take(task_.task_id, news.task_id);
  changed |= take(task_.model, news.model);
  changed |= take(task_.created, news.created);
  changed |= take(task_.expires_at, news.expires_at);
  changed |= take(task_.cost_cents, news.cost_cents);
  changed |= take(task_.duration_seconds, news.duration_seconds);
  changed |= take(task_.result_url, news.result_url);
  changed |= take(task_.thumbnail_url, news.thumbnail_url);
  changed |= take(task_.error_type, news.error_type);
  changed |= take(task_.error_message, news.error_message);
  return changed;
}

}  // namespace airforce
