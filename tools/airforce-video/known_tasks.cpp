// SPDX-License-Identifier: LGPL-2.1-or-later
#include "known_tasks.h"

#include <unistd.h>

#include "console.h"
#include "store/store.h"
#include "terminal_text.h"
#include "values/text.h"

namespace airforce::cli {

Task KnownTasks::get(const std::string& task_id) {
  try {
    return client_.task(task_id, nullptr);
  } catch (const Error& error) {
    if (error.http_status != 404) throw;
    const auto expires_at = expiry_of_bought(task_id);
    if (!expires_at) throw;
    return get_known_task(context(), task_id, *expires_at);
  }
}

void KnownTasks::remove(const std::string& task_id) {
  try {
    client_.remove(task_id, nullptr);
  } catch (const Error& error) {
    if (error.http_status != 404) throw;
    const auto expires_at = expiry_of_bought(task_id);
    if (!expires_at) throw;
    delete_known_task(context(), task_id, *expires_at);
  }
  forget(task_id);
}

// A person has given up what was paid for it. One that a living process works on is that one's.
void KnownTasks::forget(const std::string& task_id) const {
  try {
    const auto store = open_store(settings_.string(Parameter::store));
    const auto bought = known_purchase(*store, resolve_credentials(settings_).account(), task_id);
    if (bought && !bought->owned && bought->state == IntentState::Created)
      store->settle(bought->id, IntentState::Failed);
  } catch (const Error&) {  // then it is looked for once more
  }
}

GenerationContext KnownTasks::context() {
  return {settings_,
          client_,
          system_clock(),
          nullptr,
          Deadline(system_clock(), 2 * timeouts_.gone),
          system_random(),
          [](const GenerationEvent&) {},
          timeouts_};
}

std::optional<std::int64_t> KnownTasks::expiry_of_bought(const std::string& task_id) const {
  std::optional<Intent> bought;
  try {
    const auto store = open_store(settings_.string(Parameter::store));
    bought = known_purchase(*store, resolve_credentials(settings_).account(), task_id);
  } catch (const Error&) {
    return std::nullopt;  // without a store the service's word is all there is
  }
  if (!bought) return std::nullopt;
  const bool takes_a_while =
      bought->expires_at == 0 || client_.service_time() <= bought->expires_at;
  if (takes_a_while && !streams_share_a_file())
    write_all(STDERR_FILENO, "airforce-video: the service does not know task " +
                                 visible_line(task_id) +
                                 " now, though it was bought from here; asking again\n");
  return bought->expires_at;
}

}  // namespace airforce::cli
