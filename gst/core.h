// SPDX-License-Identifier: LGPL-2.1-or-later
// The core (libairforcevideo) as C++ values and owners. It is loaded when one of these is first
// made, not with the plugin, so that scanning plugins stays cheap and applications that never
// generate a clip never load libsoup.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "airforce-video.h"

namespace airforce::gst {

// What went wrong, as a value: AirforceError without its owner.
struct Failure : std::exception {
  AirforceErrorKind kind = AIRFORCE_ERROR_INTERNAL;
  std::string charge = "none";
  std::string step;
  int http_status = 0;
  std::string api_type;
  std::string api_code;
  std::string request_id;
  std::string task_id;
  std::string candidates;
  std::string message;
  std::string next_step;
  std::string text;  // all of it for a person, one line
  // Where an element of GStreamer's has failed: its own error code, and where it was. Else 0, "".
  std::uint32_t domain = 0;
  int code = 0;
  std::string debug;

  const char* what() const noexcept override { return text.c_str(); }
};

// The step of a Failure that says that the core itself can't be loaded.
inline constexpr const char* kStepLoad = "load";

// One line that may be posted or logged: without control, bidirectional and invisible characters.
std::string visible_text(const std::string& text);
// One word of a command that is suggested, quoted for the shell where that is needed.
std::string shell_word(const std::string& text);

// "prepare", "wait" and so on, as in the front ends' reports.
const char* phase_name(AirforcePhase phase);

// Values by the names of the vocabulary. Not thread-safe. All members throw Failure.
class CoreSettings {
 public:
  CoreSettings();
  void set(const char* name, const char* value);
  // Appends to a list.
  void add(const char* name, const char* value);
  // Adds an input image, the bytes of a file; `name` says in a Failure which.
  void add_image(std::span<const std::uint8_t> bytes, const std::string& name);
  // Adds the last frame of that task's clip, which the request continues.
  void add_last_frame(std::span<const std::uint8_t> bytes, const std::string& task_id);
  // Of an otherwise equal request in one series, from 1.
  void set_occurrence(int occurrence);
  // Takes all that an airforce:// URI says (docs/uri.md).
  void set_uri(const char* uri);

 private:
  friend class CoreGeneration;
  friend class CoreFilm;
  struct Free {
    void operator()(AirforceSettings* settings) const;
  };
  std::unique_ptr<AirforceSettings, Free> settings_;
};

// A task that was bought, and its charge status as the service has reported it ("charged").
struct BoughtTask {
  std::string id;
  std::string charge = "none";
};

class CoreFilm;

// A shot as a storyboard describes it.
struct StoryboardShot {
  bool continues = false;
  std::vector<std::pair<std::string, std::string>> fields;  // names and text forms, prompt included
};

// Reads a storyboard's file; nothing is planned or bought. Throws Failure that names each problem
// with its line.
std::vector<StoryboardShot> read_storyboard(const char* path, bool continue_all);

// One request with its task and its clip, which equal requests of this process share while they are
// open; see AirforceGeneration for what the functions do and block on. Thread-safe.
class CoreGeneration {
 public:
  // What AirforceEventFunc says holds for a listener too. It is called until this object is gone.
  using Listener = std::function<void(const AirforceEvent&)>;
  CoreGeneration(const CoreSettings& settings, Listener listener);

  void run();            // throws Failure
  void wait_complete();  // throws Failure
  void cancel();
  std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> buffer);  // throws Failure
  // The task's thumbnail, an image file; empty if it has none. Throws Failure.
  std::vector<std::uint8_t> thumbnail();
  std::int64_t size() const;
  std::int64_t available(std::uint64_t offset) const;
  void set_flushing(bool flushing);
  // Whoever asked has had all of the clip: an equal request does not resume it any more.
  void set_delivered();
  // "" before there is a task.
  std::string task_id() const;
  BoughtTask bought() const;

 private:
  friend class CoreFilm;
  struct Free {
    void operator()(AirforceGeneration* generation) const;
  };
  CoreGeneration(AirforceGeneration* generation, std::shared_ptr<CoreFilm> film);

  const Listener listener_;
  const std::shared_ptr<CoreFilm> film_;                  // that it is a shot of
  std::unique_ptr<AirforceGeneration, Free> generation_;  // goes first: it calls the listener
};

// What is known of a shot: AirforceShot without its owner.
struct Shot {
  std::string prompt;
  bool continues = false;    // from the last frame of the shot before it
  bool sound = false;        // sound is asked for
  int duration_seconds = 0;  // as planned; 0 while it is unknown
  double price_cents = -1;   // likewise; -1
  std::string task_id;       // "" before there is one
};

// The shots of a storyboard, or the one shot of a request; see AirforceFilm for what the functions
// do and block on. Thread-safe once it has started.
class CoreFilm : public std::enable_shared_from_this<CoreFilm> {
 public:
  // What AirforceFilmEventFunc says holds for a listener too. It is called until this object is
  // gone.
  using Listener = std::function<void(const AirforceFilmEvent&)>;

  // Where the shots come from.
  struct Storyboard {
    std::string file;                  // unless ""
    std::vector<std::string> prompts;  // else, unless empty
    std::string uri;                   // else
    bool continues = false;            // each shot continues the one before it
  };

  // Throws Failure.
  static std::shared_ptr<CoreFilm> make(const CoreSettings& settings, const Storyboard& storyboard);
  // One shot, which running its generation makes. `description`: what is known of it before.
  static std::shared_ptr<CoreFilm> make_single(const CoreSettings& settings, Shot description);
  CoreFilm() = default;
  CoreFilm(const CoreFilm&) = delete;
  CoreFilm& operator=(const CoreFilm&) = delete;
  virtual ~CoreFilm() = default;

  virtual void plan() = 0;                    // throws Failure
  virtual void start(Listener listener) = 0;  // once; throws Failure
  virtual void cancel() = 0;
  virtual std::size_t count() const = 0;
  virtual Shot shot(std::size_t index) const = 0;
  virtual double price_cents() const = 0;  // of all; -1 while it is unknown
  virtual std::shared_ptr<CoreGeneration> generation(std::size_t shot) = 0;
  // Empty: there is none. Throws Failure for what is no picture.
  virtual void set_last_frame(std::size_t shot, std::span<const std::uint8_t> picture) = 0;
  virtual void set_position(std::size_t shot) = 0;

 protected:
  static AirforceSettings* settings_of(const CoreSettings& settings) {
    return settings.settings_.get();
  }
  static std::shared_ptr<CoreGeneration> wrapped(AirforceGeneration* generation,
                                                 std::shared_ptr<CoreFilm> film) {
    return std::shared_ptr<CoreGeneration>(new CoreGeneration(generation, std::move(film)));
  }
};

}  // namespace airforce::gst
