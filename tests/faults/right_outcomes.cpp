// SPDX-License-Identifier: LGPL-2.1-or-later
// Which outcomes of a cell are right.
#include <algorithm>

#include "faults/cell.h"

namespace airforce::test {
namespace {

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

bool is_status(const Cell& cell, std::initializer_list<int> statuses) {
  return std::any_of(statuses.begin(), statuses.end(), [&](int status) {
    return contains(cell.effect, ("status=" + std::to_string(status)).c_str());
  });
}

using Outcomes = std::vector<std::string>;

Outcomes right_for_models(const Cell& cell) {
  if (is_status(cell, {401, 402, 403})) return {"not-authorized, none"};
  if (contains(cell.effect, "refuse") && !cell.passing)
    return {"clip", "network, none", "timeout, running"};
  // The deadline holds for all together: what is lost on the list is not there for the task.
  if (!cell.passing) return {"clip", "timeout, running"};
  // Without the list nothing can be checked, and that is all.
  return {"clip"};
}

Outcomes right_for_create(const Cell& cell) {
  if (is_status(cell, {401, 402, 403})) return {"not-authorized, none"};
  if (is_status(cell, {400, 409, 422})) return {"rejected, none"};
  if (is_status(cell, {404})) return {"not-found, none"};
  if (contains(cell.effect, "redirect")) return {"protocol, none"};
  if (contains(cell.effect, "retry-after=9")) return {"busy, none"};
  if (cell.passing) return {"clip"};
  if (is_status(cell, {429}) || contains(cell.effect, "503,retry-after")) return {"busy, none"};
  // Carried out, and found in the list.
  for (const char* carried_out :
       {"lost-answer", "reset-after", "close-after", "reset-end", "stall-after", "status=200",
        "body=html,", "body=empty", "body=cut", "body=wrong", "body=huge"}) {
    if (contains(cell.effect, carried_out) && !is_status(cell, {500})) return {"clip"};
  }
  // Looked for in the list after each try, until the tries or the time are used up.
  const auto given_up = [](const char* outcome) {
    return Outcomes{outcome, "unknown-create, unknown"};
  };
  if (is_status(cell, {503})) return given_up("busy, none");
  return given_up(contains(cell.effect, "status=") ? "server, none" : "network, none");
}

Outcomes right_for_poll(const Cell& cell) {
  // Obeyed until the deadline, when it is asked for once more.
  if (contains(cell.effect, "retry-after=9")) return {"clip", "timeout, running"};
  if (cell.passing) return {"clip"};
  // A task may end before its polls are refused often enough to be given up; only "confirm" hits
  // those that follow its end.
  const auto given_up = [&](const char* outcome) {
    return cell.step == "poll" ? Outcomes{outcome, "clip"} : Outcomes{outcome};
  };
  if (is_status(cell, {401, 402, 403})) return given_up("not-authorized, running");
  if (is_status(cell, {400, 409, 422})) return given_up("rejected, running");
  if (is_status(cell, {404})) return given_up("not-found, unknown");
  for (const char* harmless : {"reset-end", "unknown-status", "backwards"}) {
    if (contains(cell.effect, harmless)) return {"clip"};
  }
  return given_up("timeout, running");
}

Outcomes right_for_list(const Cell& cell) {
  if (contains(cell.effect, "retry-after=9")) return {"unknown-create, unknown"};
  // Where the fault does not spoil the answer.
  if (contains(cell.effect, "reset-end")) return {"clip"};
  return cell.passing ? Outcomes{"clip"} : Outcomes{"unknown-create, unknown"};
}

// Whatever it is, the clip is paid for and kept.
Outcomes right_for_download(const Cell& cell) {
  const auto is_any_of = [&](std::initializer_list<const char*> effects) {
    return std::any_of(effects.begin(), effects.end(),
                       [&](const char* effect) { return contains(cell.effect, effect); });
  };
  const bool has_status = contains(cell.effect, "status=");
  // Never delivered as if it were the clip.
  if (is_any_of({"truncated", "body=huge"})) return {"clip, paid"};
  if (contains(cell.effect, "body=html") && !has_status) return {"clip, paid"};
  if (contains(cell.effect, "retry-after=9")) return {"busy, paid"};
  // A port that is closed for longer than the tries take is one that stays closed.
  if (cell.passing && contains(cell.effect, "refuse")) return {"clip", "network, paid"};
  if (cell.passing) return {"clip"};
  if (is_any_of({"body=empty", "body=cut", "wrong-length=-"})) return {"clip, paid"};
  if (is_status(cell, {400, 409, 422})) return {"rejected, paid"};
  if (is_status(cell, {401, 402, 403}) || cell.effect == "url-expires")
    return {"not-authorized, paid"};
  if (is_status(cell, {404})) return {"not-found, paid"};
  if (is_status(cell, {429, 503})) return {"busy, paid"};
  if (is_status(cell, {500, 502, 504})) return {"server, paid"};
  if (contains(cell.effect, "redirect=loop")) return {"protocol, paid"};
  if (is_any_of({"refuse", "-before", "lost-answer"})) return {"network, paid"};
  return {"clip"};
}

}  // namespace

std::vector<std::string> right_outcomes(const Cell& cell) {
  if (cell.step == "models") return right_for_models(cell);
  if (cell.step == "create") return right_for_create(cell);
  if (cell.step == "task") return {"task-failed, refunded"};
  if (cell.step == "poll" || cell.step == "confirm") return right_for_poll(cell);
  if (cell.step == "list") return right_for_list(cell);
  if (cell.step == "download") return right_for_download(cell);
  // A stream is only a hint, and a task that could not be deleted is only a warning.
  return {"clip"};
}

}  // namespace airforce::test
