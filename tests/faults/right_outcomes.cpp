// SPDX-License-Identifier: LGPL-2.1-or-later
// Which outcomes of a cell are right.
#include <algorithm>
#include <initializer_list>

#include "faults/cell.h"

namespace airforce::test {
namespace {

using Outcomes = std::vector<std::string>;

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

bool contains_any(const std::string& text, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const char* part) { return contains(text, part); });
}

bool is_status(const Cell& cell, std::initializer_list<int> statuses) {
  return std::any_of(statuses.begin(), statuses.end(), [&](int status) {
    return contains(cell.effect, ("status=" + std::to_string(status)).c_str());
  });
}

// An error about a task that exists: charged if the service has said so by then.
Outcomes owed(const std::string& kind) {
  return {kind + ", charged", kind + ", announced"};
}

Outcomes operator+(Outcomes left, const Outcomes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Outcomes right_for_models(const Cell& cell) {
  if (is_status(cell, {401, 402, 403})) return {"not-authorized, none"};
  // Not worth asking again before the deadline.
  if (contains(cell.effect, "retry-after=9")) return {"clip", "busy, none"};
  // A service that keeps asking for a pause is not asked to create anything.
  if (!cell.passing && contains(cell.effect, ",retry-after=")) return {"busy, none"};
  // A list in which the model has another name.
  if (contains(cell.effect, "wrong-types")) return {"clip", "settings, none"};
  if (contains(cell.effect, "refuse") && !cell.passing)
    return Outcomes{"clip", "network, none"} + owed("timeout");
  // The deadline holds for all together: what is lost on the list is not available for the task.
  if (!cell.passing) return Outcomes{"clip"} + owed("timeout");
  // Without the list nothing can be checked, and that is all.
  return {"clip"};
}

// The request left, and no answer that can be understood came back.
Outcomes right_for_unknown_create(const Cell& cell) {
  const Outcomes unknown = {"unknown-create, unknown"};
  // Carried out before the deadline: the list proves which task it is.
  if (contains(cell.effect, "late=")) return Outcomes{"clip"} + unknown;
  // The list is read within the deadline, of which little may be left.
  if (contains_any(cell.effect, {"endless=", "drip-head"})) return Outcomes{"clip"} + unknown;
  const bool answered_in_place = contains_any(cell.effect, {"status=", "error=", "gateway"});
  if (answered_in_place || contains_any(cell.effect, {"-before", "refuse"})) return unknown;
  return {"clip"};
}

Outcomes right_for_create(const Cell& cell) {
  if (is_status(cell, {401, 402, 403})) return {"not-authorized, none"};
  if (is_status(cell, {400, 409, 422})) return {"rejected, none"};
  if (is_status(cell, {404})) return {"not-found, none"};
  if (contains_any(cell.effect, {"balance", "gated", "verification"}))
    return {"not-authorized, none"};
  if (contains_any(cell.effect, {"model_not_found", "unknown_model"}))
    return {"rejected, none", "not-found, none"};
  // An id that the service does not know: the list proves which task it is.
  if (contains_any(cell.effect, {"wrong-types", "of_nobody"}))
    return {"clip", "unknown-create, unknown"};
  if (contains(cell.effect, "redirect")) return {"protocol, none"};
  if (contains_any(cell.effect, {"retry-after=9", "locked"})) return {"busy, none"};
  if (is_status(cell, {429}) || contains(cell.effect, "503,retry-after"))
    return {cell.passing ? "clip" : "busy, none"};
  // The answer comes whole before something else goes wrong.
  if (contains_any(cell.effect, {"reset-end", "gzip"})) return {"clip"};
  return right_for_unknown_create(cell);
}

Outcomes right_for_poll(const Cell& cell) {
  // Obeyed in full below the deadline; above it an error at once.
  if (contains(cell.effect, "retry-after=9")) return Outcomes{"clip"} + owed("busy");
  if (contains_any(cell.effect, {"endless=", "drip-head"}))
    return Outcomes{"clip"} + owed("timeout");
  if (cell.passing) return {"clip"};
  // A task may end before its polls are refused often enough to be given up; only "confirm" hits
  // those that follow its end.
  const auto given_up = [&](const char* kind) {
    return owed(kind) + (cell.step == "poll" ? Outcomes{"clip"} : Outcomes{});
  };
  // A task that is unknown may appear again for longer than this deadline.
  if (contains(cell.effect, "for=")) return {"clip"};
  if (is_status(cell, {404}))
    return given_up("timeout") + Outcomes{"timeout, unknown", "not-found, unknown"};
  if (is_status(cell, {429, 503})) return given_up("timeout") + owed("busy");
  if (is_status(cell, {401, 402, 403})) return given_up("not-authorized");
  if (is_status(cell, {400, 409, 422})) return given_up("rejected");
  if (contains_any(cell.effect, {"reset-end", "unknown-status", "backwards"})) return {"clip"};
  return given_up("timeout");
}

Outcomes right_for_list(const Cell& cell) {
  if (contains(cell.effect, "retry-after=9")) return {"unknown-create, unknown"};
  // Where the fault does not spoil the answer.
  if (contains(cell.effect, "reset-end")) return {"clip"};
  // It is read within a time of its own, which one slow answer can use up.
  if (contains_any(cell.effect, {"stall", "drip-head", "endless="}))
    return {"clip", "unknown-create, unknown"};
  return cell.passing ? Outcomes{"clip"} : Outcomes{"unknown-create, unknown"};
}

// Whatever it is, the clip is paid for and kept.
Outcomes right_for_download(const Cell& cell) {
  const auto is_any_of = [&](std::initializer_list<const char*> parts) {
    return contains_any(cell.effect, parts);
  };
  // Never delivered as if it were the clip.
  if (is_any_of({"truncated", "body=huge"})) return owed("clip");
  if (is_any_of({"endless=body"})) return Outcomes{"clip"} + owed("clip");
  if (contains(cell.effect, "body=html") && !contains(cell.effect, "status=")) return owed("clip");
  if (contains(cell.effect, "retry-after=9")) return owed("busy");
  // A port that is closed for longer than the tries take is one that stays closed.
  if (cell.passing && contains(cell.effect, "refuse")) return Outcomes{"clip"} + owed("network");
  if (cell.passing) return {"clip"};
  if (is_any_of({"body=empty", "body=cut", "wrong-length=-"})) return owed("clip");
  if (is_status(cell, {400, 409, 422})) return owed("rejected");
  if (is_status(cell, {401, 402, 403}) || cell.effect == "url-expires") return owed("server");
  if (is_status(cell, {404})) return owed("not-found") + owed("timeout");
  if (is_status(cell, {429, 503})) return owed("busy");
  if (is_status(cell, {500, 502, 504})) return owed("server");
  if (contains(cell.effect, "redirect=loop")) return owed("protocol");
  if (is_any_of({"refuse", "-before", "lost-answer", "drip-head", "endless="}))
    return owed("network") + owed("timeout");
  return {"clip"};
}

Outcomes right_for_task(const Cell& cell) {
  if (!contains_any(cell.effect, {"failed", "expired"})) return {"clip"};
  // Refunded where the service says so, which it does by a cost of 0.
  if (contains(cell.effect, "refund="))
    return owed("task-failed") + Outcomes{"task-failed, unknown"};
  return {"task-failed, refunded"};
}

}  // namespace

std::vector<std::string> right_outcomes(const Cell& cell) {
  if (cell.step == "models") return right_for_models(cell);
  if (cell.step == "create") return right_for_create(cell);
  if (cell.step == "task") return right_for_task(cell);
  if (cell.step == "poll" || cell.step == "confirm") return right_for_poll(cell);
  if (cell.step == "list") return right_for_list(cell);
  if (cell.step == "download") return right_for_download(cell);
  // A stream is only a hint, the form of an answer is read past, and a task that could not be
  // deleted is only a warning.
  return {"clip"};
}

}  // namespace airforce::test
