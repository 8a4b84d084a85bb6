// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace airforce {

enum class GenerationPhase { Prepare, Wait, Create, Queued, Running, Download, Done };

// "prepare", "wait", "create", "queued", "running", "download", "done"
constexpr const char* name_of(GenerationPhase phase) {
  switch (phase) {
    case GenerationPhase::Prepare: return "prepare";
    case GenerationPhase::Wait: return "wait";
    case GenerationPhase::Create: return "create";
    case GenerationPhase::Queued: return "queued";
    case GenerationPhase::Running: return "running";
    case GenerationPhase::Download: return "download";
    case GenerationPhase::Done: return "done";
  }
  return "";
}

// What a generation reports while it works; the same as AirforceEvent.
struct GenerationEvent {
  enum class Kind { Progress = 1, Task, Warning };
  Kind kind = Kind::Progress;
  GenerationPhase phase = GenerationPhase::Prepare;
  int percent = -1;
  int place = 0;
  double price_cents = -1;
  std::int64_t bytes = 0;
  std::int64_t total_bytes = -1;
  std::string text;
};

inline GenerationEvent progress_event(GenerationPhase phase, std::string text) {
  GenerationEvent event;
  event.phase = phase;
  event.text = std::move(text);
  return event;
}

}  // namespace airforce
