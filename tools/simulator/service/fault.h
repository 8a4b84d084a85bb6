// SPDX-License-Identifier: LGPL-2.1-or-later
// Faults on demand: what goes wrong, at which step, how often. `STEP:EFFECT[=VALUE][,…]`.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "service/json_text.h"

namespace airforce::simulator {

/// One fault, as its text said. Every field left alone means "as it should be".
struct Fault {
  std::string spec;  ///< the text it was made from
  std::string step;

  // When.
  int64_t after = 0;             ///< the first so many requests of the step are spared
  std::optional<int64_t> times;  ///< then so many are hit; nullopt: all
  double probability = 1;

  // Before the request is carried out.
  std::optional<double> refuse;        ///< seconds for which the port refuses connections
  bool reset_before = false;           ///< RST in place of an answer
  bool close_before = false;           ///< FIN in place of an answer
  std::optional<double> stall_before;  ///< seconds of silence; infinite: until the client leaves

  // Another answer. A status or a redirect means that the request is not carried out, unless
  // `carried_out` says so.
  std::optional<int> status;
  std::string retry_after;
  std::string redirect;
  bool carried_out = false;
  std::string body;
  std::string content_type;

  // How the answer travels. Bytes are those of the body.
  bool lost_answer = false;
  std::optional<double> stall;  ///< seconds before the head of the answer
  std::optional<int64_t> stall_after;
  std::optional<int64_t> reset_after;
  std::optional<int64_t> close_after;
  bool reset_end = false;       ///< RST after all of the answer
  std::optional<int64_t> drip;  ///< bytes a second

  // What a task is, or seems to be.
  bool failed = false;
  bool expired = false;
  std::string error_type;
  std::string error_message;
  std::string unknown_status;
  bool backwards = false;

  // Event streams.
  std::string line_ends;
  bool bom = false;
  bool comments = false;
  bool no_final = false;
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

/// The faults in force, and which of them hits a request.
class Faults {
 public:
  explicit Faults(uint64_t seed) : random_(seed) {}

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
  };
  std::vector<Active> active_;
  std::mt19937_64 random_;
};

}  // namespace airforce::simulator
