// SPDX-License-Identifier: LGPL-2.1-or-later
// Faults on demand: what goes wrong, at which step, how often. `STEP:EFFECT[=VALUE][,…]`.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "service/json_text.h"
#include "service/time.h"

namespace airforce::simulator {

/// One fault, as its text said. Every field left alone means "as it should be".
struct Fault {
  std::string spec;  ///< the text it was made from
  std::string step;

  // When.
  int64_t after = 0;             ///< the first so many requests of the step are spared
  std::optional<int64_t> times;  ///< then so many are hit; nullopt: all
  double probability = 1;
  std::optional<double> window;  ///< only in so many seconds from the first hit

  // Before the request is carried out.
  std::optional<double> refuse;        ///< seconds for which the port refuses connections
  bool reset_before = false;           ///< RST in place of an answer
  bool close_before = false;           ///< FIN in place of an answer
  std::optional<double> stall_before;  ///< seconds of silence; infinite: until the client leaves
  std::optional<double> gateway;       ///< seconds after which a gateway answers for the service
  std::optional<double> late;  ///< seconds after which the request is carried out, whatever was
                               ///< answered meanwhile

  // Another answer. A status or a redirect means that the request is not carried out, unless
  // `carried_out` says so.
  std::optional<int> status;
  std::string error_code;  ///< a documented refusal
  std::string retry_after;
  std::optional<double> retry_in_body;
  std::string redirect;
  bool carried_out = false;
  std::string body;
  std::string content_type;
  bool gzip = false;

  // What the JSON of an answer looks like. In a list, that of each of its entries.
  std::string dropped_field;
  std::string renamed_field;  ///< "OLD:NEW"
  std::string set_field;      ///< "NAME:JSON"
  std::string wrapped_in;     ///< the name of an object around the answer
  std::string times_as;       ///< "milliseconds", "iso", "text"
  std::string statuses_as;    ///< "capitals", "synonyms"
  bool number_ids = false;

  // How the answer travels. Bytes are those of the body.
  bool lost_answer = false;
  std::optional<double> stall;  ///< seconds before the head of the answer
  std::optional<int64_t> stall_after;
  std::optional<int64_t> reset_after;
  std::optional<int64_t> close_after;
  bool reset_end = false;            ///< RST after all of the answer
  std::optional<int64_t> drip;       ///< bytes of the body a second
  std::optional<int64_t> drip_head;  ///< bytes of the head a second
  std::string endless;               ///< "102", "head" or "body": what never ends

  // What a task is, or seems to be.
  bool failed = false;
  bool expired = false;
  std::string error_type;
  std::string error_message;
  std::string unknown_status;
  bool backwards = false;
  std::optional<int64_t> charge;  ///< cents
  std::string refund;             ///< "zero", "silent", "none"
  double url_late = 0;            ///< seconds
  std::string url_form;           ///< "relative", "scheme-relative"

  // Event streams.
  std::string line_ends;
  bool bom = false;
  bool comments = false;
  bool no_final = false;
  bool one_event = false;
  std::string error_event;
  bool cut_character = false;
  std::optional<int64_t> retry;
  std::optional<int64_t> huge_line;

  // Downloads.
  bool no_range = false;
  bool no_length = false;
  std::optional<int64_t> wrong_length;
  std::optional<int64_t> other_range;
  std::optional<std::string> etag_changes;
  std::optional<int64_t> url_expires;
  std::optional<int64_t> truncated;
};

/// Reads one fault. Throws std::invalid_argument with a message for the user.
Fault parse_fault(const std::string& spec);

/// The grammar as text: one line an effect.
std::string fault_help();
/// The same as tables of a documentation page.
std::string fault_tables();

/// The faults in force, and which of them hits a request.
class Faults {
 public:
  explicit Faults(uint64_t seed, Clock clock = wall_clock)
      : random_(seed), clock_(std::move(clock)) {}

  void add(Fault fault);
  void clear() { active_.clear(); }

  /// Called once for each request of a step: the first fault that hits it, if any.
  std::optional<Fault> strike(const std::string& step);

  /// Each fault's text, the requests that it has seen and those that it has hit.
  [[nodiscard]] JsonArrayText json() const;

 private:
  struct Active {
    Fault fault;
    int64_t seen = 0;
    int64_t hits = 0;
    Time first_hit{};
  };
  std::vector<Active> active_;
  std::mt19937_64 random_;
  Clock clock_;
};

}  // namespace airforce::simulator
