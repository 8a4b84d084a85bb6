// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/fault.h"

#include <algorithm>
#include <stdexcept>

#include "service/fault_effects.h"

namespace airforce::simulator {
namespace {

[[noreturn]] void wrong(const std::string& message) {
  throw std::invalid_argument(message);
}

/// What an effect's group of steps is called.
std::string group_name(const char* steps) {
  const std::string group = steps;
  if (group == kAll) return "Any step";
  if (group == kRequests) return "Any request";
  if (group == kAnswers) return "JSON of an answer";
  if (group == kViews) return "Tasks and their views";
  if (group == kTask) return "Tasks";
  if (group == kStream) return "Event streams";
  return "Downloads";
}

/// Calls it with each effect, and with the name of the group that the effect begins, or "".
void for_each_effect(const std::function<void(const Effect&, const std::string&)>& call) {
  std::string last;
  for (const Effect& effect : effects()) {
    const std::string group = group_name(effect.steps);
    call(effect, group == last ? "" : group);
    last = group;
  }
}

bool has_word(const std::string& words, const std::string& word) {
  return (" " + words + " ").find(" " + word + " ") != std::string::npos;
}

void apply_effect(Fault& fault, const std::string& item) {
  const auto equals = item.find('=');
  const std::string name = item.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : item.substr(equals + 1);
  const auto& table = effects();
  const auto effect =
      std::find_if(table.begin(), table.end(), [&](const Effect& e) { return name == e.name; });
  if (effect == table.end() || !has_word(effect->steps, fault.step)) {
    std::string known;
    for (const auto& e : table)
      if (has_word(e.steps, fault.step)) known += std::string(known.empty() ? "" : ", ") + e.name;
    wrong("step " + fault.step + " has no fault \"" + name + "\"; it has: " + known);
  }
  const std::string form = effect->value;
  if (form.empty() && equals != std::string::npos) wrong(name + " takes no value");
  if (form.starts_with("=") && value.empty()) wrong(name + " needs a value: " + name + form);
  effect->apply(fault, value);
}

}  // namespace

Fault parse_fault(const std::string& spec) try {
  Fault fault;
  fault.spec = spec;
  const auto colon = spec.find(':');
  fault.step = spec.substr(0, colon);
  if (!has_word(kAll, fault.step) || fault.step.empty())
    wrong("there is no step \"" + fault.step + "\"; the steps are: " + kAll);
  if (colon == std::string::npos || colon + 1 == spec.size())
    wrong("it says no effect: " + fault.step + ":EFFECT[=VALUE][,…]");

  for (size_t begin = colon + 1; begin < spec.size();) {
    size_t end = spec.find(',', begin);
    const size_t equals = spec.find('=', begin);
    if (end == std::string::npos ||
        (equals != std::string::npos && takes_the_rest(spec.substr(begin, equals - begin))))
      end = spec.size();
    apply_effect(fault, spec.substr(begin, end - begin));
    begin = end + 1;
  }
  return fault;
} catch (const std::invalid_argument& error) {
  throw std::invalid_argument("fault \"" + spec + "\": " + error.what());
}

std::string fault_help() {
  constexpr size_t kColumn = 28;
  std::string text = "Faults: STEP:EFFECT[=VALUE][,EFFECT…]\nSteps: " + std::string(kAll) + "\n";
  for_each_effect([&](const Effect& effect, const std::string& group) {
    if (!group.empty()) text += "\n" + group + ":\n";
    std::string left = "  " + std::string(effect.name) + effect.value;
    const auto width = static_cast<size_t>(g_utf8_strlen(left.c_str(), -1));
    left.append(width < kColumn ? kColumn - width : 0, ' ');
    text += left + " " + effect.help + "\n";
  });
  return text;
}

std::string fault_tables() {
  std::string text;
  for_each_effect([&](const Effect& effect, const std::string& group) {
    if (!group.empty())
      text += (text.empty() ? "" : "\n") + ("### " + group + "\n\n| effect | |\n|---|---|\n");
    std::string form = std::string(effect.name) + effect.value;
    for (size_t at = 0; (at = form.find('|', at)) != std::string::npos; at += 2)
      form.insert(at, 1, '\\');
    text += "| `" + form + "` | " + effect.help + " |\n";
  });
  return text;
}

void Faults::add(Fault fault) {
  active_.push_back({.fault = std::move(fault)});
}

std::optional<Fault> Faults::strike(const std::string& step) {
  std::optional<Fault> chosen;
  for (Active& active : active_) {
    const Fault& fault = active.fault;
    if (fault.step != step && !(fault.step == "any" && has_word(kAnswers, step))) continue;
    active.seen += 1;
    if (chosen || active.seen <= fault.after) continue;
    if (fault.times && active.hits >= *fault.times) continue;
    if (fault.window && active.hits > 0 && clock_() >= active.first_hit + seconds(*fault.window))
      continue;
    if (fault.probability < 1 &&
        std::uniform_real_distribution<double>(0, 1)(random_) >= fault.probability)
      continue;
    if (active.hits == 0) active.first_hit = clock_();
    active.hits += 1;
    chosen = fault;
  }
  return chosen;
}

JsonArrayText Faults::json() const {
  JsonArrayText list;
  for (const Active& active : active_)
    list.add(JsonObjectText()
                 .set("fault", active.fault.spec)
                 .set("seen", active.seen)
                 .set("hits", active.hits));
  return list;
}

}  // namespace airforce::simulator
