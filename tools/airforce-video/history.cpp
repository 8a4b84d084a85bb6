// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/history.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <glib.h>

#include "exit_codes.h"
#include "generation/budget.h"
#include "history_page.h"
#include "invocation.h"
#include "remembered.h"
#include "run.h"
#include "terminal_text.h"
#include "values/glib_ptr.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

constexpr std::size_t kPageHead = 4096;  // in which a page says what it is

// Complete or not at all, for the user alone: prompts are private.
void write_page(Invocation& invocation, const std::vector<HistoryEntry>& entries) {
  const std::string page = history_page(entries);
  if (invocation.page == "-") {
    invocation.output->write(page);
    return;
  }
  GErrorSlot error;
  if (!invocation.force) {
    std::string there(kPageHead, '\0');
    std::ifstream file(invocation.page, std::ios::binary);
    file.read(there.data(), static_cast<std::streamsize>(there.size()));
    there.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    if (!there.empty() && !is_history_page(there))
      throw Error(ErrorKind::File, Step::Settings,
                  "'" + invocation.page + "' exists already and is no page of this program",
                  "name another file with --html, or pass --force to replace it");
  }
  if (!g_file_set_contents_full(invocation.page.c_str(), page.data(),
                                static_cast<gssize>(page.size()), G_FILE_SET_CONTENTS_CONSISTENT,
                                0600, error))
    throw Error(ErrorKind::File, Step::Settings,
                "cannot write the page '" + invocation.page + "': " + error->message,
                "name another file with --html");
  invocation.output->write("Wrote " + visible_line(invocation.page) + ".\n");
}

int run_history(Invocation& invocation) {
  if (!invocation.arguments.empty())
    throw usage_error(*invocation.command, "history takes no arguments");
  const std::unique_ptr<History> history = History::standard();
  if (history == nullptr)
    throw Error(ErrorKind::Settings, Step::Settings, "no history is kept: AIRFORCE_HISTORY is off",
                "unset it");
  if (invocation.clear) {
    history->clear();
    invocation.output->write("The history is empty now.\n");
    return kExitSuccess;
  }
  const std::vector<HistoryEntry> entries =
      history->newest("", invocation.limit > 0 ? invocation.limit : History::kMaxEntries);
  if (!invocation.page.empty()) {
    write_page(invocation, entries);
    return kExitSuccess;
  }
  std::vector<std::vector<std::string>> rows{
      {"TASK", "STATE", "MODEL", "CREATED", "COST", "FILE", "PROMPT"}};
  for (const HistoryEntry& entry : entries) {
    if (invocation.json) {
      JsonLine line("clip");
      line.text("task_id", entry.task_id)
          .text("state", name_of(entry.state))
          .text("model", entry.model)
          .text("prompt", entry.prompt)
          .text("path", entry.path)
          .text("reason", entry.reason);
      if (!entry.budget.empty()) line.text("budget", entry.budget);
      if (entry.created_at > 0) line.integer("created_at", entry.created_at);
      if (entry.cost_cents >= 0) line.number("cost_cents", entry.cost_cents);
      invocation.output->write(line.str());
    } else {
      rows.push_back({visible_line(entry.task_id), name_of(entry.state), visible_line(entry.model),
                      time_text(entry.created_at),
                      entry.cost_cents >= 0 ? cents_text(entry.cost_cents) : "",
                      shown_name(entry.path), visible_line(entry.prompt)});
    }
  }
  if (!invocation.json)
    invocation.output->write(
        entries.empty() ? "Nothing was made yet.\n"
                        : fitted_table_text(std::move(rows),
                                            {invocation.columns(), {2, 3, 4, 5, 1, 6}, {5, 6}}));
  return kExitSuccess;
}

}  // namespace

CommandInfo history_command() {
  return {"history",
          {"log"},
          "",
          "Show what was made on this machine, as a table or a page",
          "Shows the clips that were made on this machine in the last 90 days, with their prompts, "
          "prices and files, the newest first. --html writes them as one page for a browser: clips "
          "are played from where they were saved, and nothing is loaded from the network. The "
          "history is a file of its own that only its user can read; AIRFORCE_HISTORY=off keeps "
          "none.",
          false,
          [](const ParameterInfo&) { return false; },
          {OwnOption::Page, OwnOption::Limit, OwnOption::Clear, OwnOption::Force, OwnOption::Json},
          run_history};
}

}  // namespace airforce::cli
