// SPDX-License-Identifier: LGPL-2.1-or-later
#include "progress.h"

#include <algorithm>

#include <unistd.h>

#include "generation/budget.h"
#include "json_lines.h"
#include "report.h"
#include "terminal_text.h"
#include "values/clock.h"
#include "values/guarded.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

constexpr double kRateAfter = 1;    // s of download before a rate means something
constexpr double kDrawEvery = 0.1;  // s
constexpr int kLogEvery = 10;       // percent
constexpr double kJsonEvery = 1;    // s between two lines about bytes alone
constexpr const char* kClearLine = "\r\x1b[K";

double now() {
  return system_clock().elapsed();
}

std::string warning_line(const GenerationEvent& event) {
  return "airforce-video: warning: " + visible_line(with_flags(event.text));
}

// Shown once, before the purchase.
class PriceTag {
 public:
  // "" if there is nothing new to report.
  std::string line(const GenerationEvent& event) {
    const bool last_chance = event.phase >= GenerationPhase::Create;
    if (logged_ || (event.price_cents < 0 && event.phase != GenerationPhase::Create)) return {};
    if (event.phase > GenerationPhase::Create) return {};
    logged_ = event.price_cents >= 0 || last_chance;
    return event.price_cents >= 0 ? "Price: " + airforce::cents_text(event.price_cents)
                                  : "Price: unknown";
  }

 private:
  bool logged_ = false;
};

class Bar final : public Progress {
 public:
  explicit Bar(const Console& console) {
    auto line = line_.lock();
    line->style.colour = console.colour;
    line->style.unicode = console.unicode;
  }
  ~Bar() override { Bar::finish(); }

  void event(const GenerationEvent& event, const Task* task) override {
    auto line = line_.lock();
    if (event.kind == GenerationEvent::Kind::Warning) {
      line->print(warning_line(event));
      return;
    }
    const bool new_phase = line->tracker.update(event, task, now() - began_);
    if (const std::string price = line->price.line(event); !price.empty()) line->print(price);
    line->draw(new_phase, began_);
  }

  void tick() override { line_.lock()->draw(false, began_); }

  void say(const std::string& text) override { line_.lock()->print(text); }

  void finish() override {
    auto line = line_.lock();
    if (line->drawn) write_all(STDERR_FILENO, kClearLine);
    line->drawn = false;
    line->finished = true;
  }

 private:
  // The terminal's last line. Events and ticks come from different threads.
  struct Line {
    ProgressTracker tracker;
    ProgressStyle style;
    PriceTag price;
    double drawn_at = 0;
    bool drawn = false;  // a bar stands on it
    bool finished = false;

    void draw(bool at_once, double began) {
      const double time = now();
      if (finished || !tracker.started() || (!at_once && time - drawn_at < kDrawEvery)) return;
      style.columns = columns_of(STDERR_FILENO);
      // Written in one piece, so that it does not flicker; cleared behind, not before.
      write_all(STDERR_FILENO, "\r" + progress_bar(tracker.state(time - began), style) + "\x1b[K");
      drawn_at = time;
      drawn = true;
    }

    void print(const std::string& text) {
      write_all(STDERR_FILENO, (drawn ? kClearLine : "") + text + "\n");
      drawn = false;
    }
  };

  const double began_ = now();
  Guarded<Line> line_;
};

class Log final : public Progress {
 public:
  void event(const GenerationEvent& event, const Task* task) override {
    auto log = log_.lock();
    if (event.kind == GenerationEvent::Kind::Warning) {
      print(warning_line(event));
      return;
    }
    const double elapsed = now() - began_;
    const bool new_phase = log->tracker.update(event, task, elapsed);
    if (const std::string line = log->price.line(event); !line.empty()) print(line);
    const ProgressState state = log->tracker.state(elapsed);
    if (!new_phase && state.percent < log->percent + kLogEvery && state.place == log->place) return;
    print(progress_sentence(state));
    log->percent = std::max(0, state.percent / kLogEvery * kLogEvery);
    log->place = state.place;
  }

  void say(const std::string& line) override {
    const auto log = log_.lock();  // one line after the other
    print(line);
  }

 private:
  static void print(const std::string& line) { write_all(STDERR_FILENO, line + "\n"); }

  struct State {
    ProgressTracker tracker;
    PriceTag price;
    int percent = 0;  // as last logged
    int place = 0;    // likewise
  };
  const double began_ = now();
  Guarded<State> log_;
};

class Quiet final : public Progress {
 public:
  void event(const GenerationEvent& event, const Task*) override {
    if (event.kind == GenerationEvent::Kind::Warning) say(warning_line(event));
  }
  void say(const std::string& line) override { write_all(STDERR_FILENO, line + "\n"); }
};

// Beside lines of JSON in the same file, which have all of it.
class Silent final : public Progress {
 public:
  void event(const GenerationEvent&, const Task*) override {}
  void say(const std::string&) override {}
};

class Json final : public Progress {
 public:
  Json(StandardOutput& output, std::unique_ptr<Progress> people, bool warnings_only)
      : output_(output), people_(std::move(people)), began_(now()), warnings_only_(warnings_only) {}

  void event(const GenerationEvent& event, const Task* task) override {
    people_->event(event, task);
    if (warnings_only_ && event.kind != GenerationEvent::Kind::Warning) return;
    if (is_news(event)) output_.write(json_line(event, task, now() - began_));
  }
  void tick() override { people_->tick(); }
  void say(const std::string& line) override {
    people_->say(line);
    GenerationEvent event;
    event.kind = GenerationEvent::Kind::Warning;
    event.text = line;
    output_.write(json_line(event, nullptr, now() - began_));
  }
  void finish() override { people_->finish(); }

 private:
  // Bytes arrive some ten times a second; a reader that is slow must not hold up the download.
  bool is_news(const GenerationEvent& event) {
    const bool bytes_alone = event.kind == GenerationEvent::Kind::Progress &&
                             event.phase == GenerationPhase::Download && in_download_;
    in_download_ = event.phase == GenerationPhase::Download;
    if (bytes_alone && event.bytes != event.total_bytes && now() - logged_at_ < kJsonEvery)
      return false;
    logged_at_ = now();
    return true;
  }

  StandardOutput& output_;
  std::unique_ptr<Progress> people_;
  double began_;
  bool warnings_only_;
  double logged_at_ = 0;
  bool in_download_ = false;
};

}  // namespace

bool ProgressTracker::update(const GenerationEvent& event, const Task* task, double elapsed) {
  const bool new_phase = !started_ || event.phase != state_.phase;
  started_ = true;
  if (new_phase && event.phase == GenerationPhase::Download) {
    download_began_ = elapsed;
    download_began_with_ = event.bytes;
  }
  state_.phase = event.phase;
  state_.percent = event.percent;
  const bool waits = event.phase == GenerationPhase::Wait;
  state_.place = waits ? event.place : 0;
  state_.note = waits && event.place == 0 ? event.text : "";
  state_.bytes = event.bytes;
  state_.total_bytes = event.total_bytes;
  if (task != nullptr) state_.task_id = task->task_id;
  return new_phase;
}

ProgressState ProgressTracker::state(double elapsed) const {
  ProgressState state = state_;
  state.elapsed = elapsed;
  const double downloading = elapsed - download_began_;
  if (state.phase == GenerationPhase::Download && downloading >= kRateAfter)
    state.bytes_per_second = static_cast<double>(state.bytes - download_began_with_) / downloading;
  return state;
}

std::unique_ptr<Progress> make_bar(const Console& console) {
  return std::make_unique<Bar>(console);
}
std::unique_ptr<Progress> make_log() {
  return std::make_unique<Log>();
}
std::unique_ptr<Progress> make_quiet() {
  return std::make_unique<Quiet>();
}
std::unique_ptr<Progress> make_json(StandardOutput& output, std::unique_ptr<Progress> people,
                                    bool warnings_only) {
  return std::make_unique<Json>(output, std::move(people), warnings_only);
}

std::unique_ptr<Progress> make_progress(const Console& console, StandardOutput& output, bool json,
                                        bool quiet) {
  const bool can_draw = console.errors_is_terminal && !console.dumb;
  if (!json) {
    if (quiet) return make_quiet();
    return can_draw ? make_bar(console) : make_log();
  }
  // Both on one terminal would overwrite each other.
  const bool bar_beside = can_draw && !console.output_is_terminal && !quiet;
  if (streams_share_a_file()) return make_json(output, std::make_unique<Silent>(), quiet);
  return make_json(output, bar_beside ? make_bar(console) : make_quiet(), quiet);
}

}  // namespace airforce::cli
