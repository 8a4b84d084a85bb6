// SPDX-License-Identifier: LGPL-2.1-or-later
// The vocabulary as values: what somebody asked for, by parameter.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "values/input_image.h"

namespace airforce {

enum class ParameterType { String, List, Bool, Int, Int64, Double, Choice };

// The rows of airforce-video-parameters.def, in their order.
enum class Parameter {
#define AIRFORCE_PARAMETER(type, name, ...) name,
#include "airforce-video-parameters.def"
};

struct ParameterInfo {
  Parameter id;
  ParameterType type;
  const char* name;         // with '_'
  unsigned traits;          // AIRFORCE_BODY, AIRFORCE_URI, AIRFORCE_SECRET
  const char* ffmpeg_name;  // of the AVOption; nullptr for a secret
  const char* flag;         // of the command line, without "--"; nullptr for a secret
  double initial;           // of numbers, choices and bools
  double minimum;
  double maximum;
  const char* unit;
  const char* help;
};

struct ChoiceInfo {
  Parameter parameter;
  int value;
  const char* name;
  const char* help;
};

// All parameters, in the table's order.
const std::vector<ParameterInfo>& parameters();
const ParameterInfo& info(Parameter parameter);
// '-' and '_' are alike; nullptr if there is none.
const ParameterInfo* find_parameter(std::string_view name);
// What a CHOICE can be, by value.
std::vector<ChoiceInfo> choices(Parameter parameter);
// The text form of a number of this parameter: "true", "unfinished", "0.5".
std::string text_of(const ParameterInfo& parameter, double value);

enum class Mode { Auto, Text, Image, Reference };
enum class ProgressSource { Auto, Stream, Poll };
enum class Reuse { Unfinished, Always, Never };
enum class OnStop { Keep, Delete };
enum class UriPolicy { Auto, Allow, Replay, Deny };

// What the last frame of a task's clip is known by, for Settings::add_image().
std::string last_frame_of(std::string_view task_id);

// One value for each parameter. Copyable, comparable, not thread-safe.
class Settings {
 public:
  using Value = std::variant<std::string, std::vector<std::string>, std::int64_t, double>;

  Settings();
  // The initial values of an order (the command line's `generate`), where each run buys.
  static Settings for_order();

  // From the text form (airforce-video.h, airforce_settings_set): strict, the same in every locale.
  // A LIST gets this one item, "" empties it. Throws Error{Settings} that names the parameter, the
  // value (never a secret's) and what is allowed.
  void set(std::string_view name, std::string_view text);
  // Appends an item to a LIST. Throws Error{Settings}.
  void add(std::string_view name, std::string_view text);
  // Puts the initial value back. Throws Error{Settings} for an unknown name.
  void reset(std::string_view name);
  // All of an airforce:// URI (docs/uri.md). What is sent to the service is then the URI's alone;
  // max_cost_cents can only be lowered, and it and timeout stay unless the URI names them; reuse is
  // `always` unless the URI names it. Throws Error{Settings}; nothing is changed then.
  void set_uri(std::string_view uri);
  // Another input image, an encoded picture from memory, behind those of the list. Throws
  // Error{Settings} for what check_image() refuses. Where `identity` is given, requests are equal
  // by it instead of by the bytes, which may differ from one decoder to the next.
  void add_image(std::string_view bytes, std::string_view identity = {});
  // Distinguishes requests that are otherwise equal: two shots of one film. From 1, which is the
  // same as any single request.
  void set_occurrence(int occurrence) { occurrence_ = occurrence; }
  int occurrence() const { return occurrence_; }
  // false: `location` must not exist yet; true (the initial value) replaces it.
  void set_overwrites(bool overwrites) { overwrites_ = overwrites; }
  bool overwrites() const { return overwrites_; }
  // Whether a saved clip counts as delivered only by Generation::set_delivered(): what belongs to
  // it is written after it.
  void set_delivered_later(bool later) { delivered_later_ = later; }
  bool is_delivered_later() const { return delivered_later_; }

  bool is_initial(Parameter parameter) const;
  // Whether the request came by set_uri().
  bool is_from_uri() const { return is_from_uri_; }
  // The value of a parameter of that type (LIST, ...); another type is a programming error.
  const std::string& string(Parameter parameter) const;
  const std::vector<std::string>& list(Parameter parameter) const;
  std::int64_t integer(Parameter parameter) const;  // Int, Int64, Bool, Choice
  double number(Parameter parameter) const;         // Double
  bool flag(Parameter parameter) const { return integer(parameter) != 0; }
  template <typename Choice>
  Choice choice(Parameter parameter) const {
    return static_cast<Choice>(integer(parameter));
  }
  // The text form of a value, as set() reads it; for a LIST of each item.
  std::vector<std::string> texts(Parameter parameter) const;
  // Those from memory.
  const std::vector<InputImage>& images() const { return images_; }

  bool operator==(const Settings&) const = default;

 private:
  std::vector<Value> values_;  // by Parameter
  std::vector<InputImage> images_;
  bool is_from_uri_ = false;
  int occurrence_ = 1;
  bool overwrites_ = true;
  bool delivered_later_ = false;
};

}  // namespace airforce
