// SPDX-License-Identifier: LGPL-2.1-or-later
// airforce:// URIs; docs/uri.md has the grammar.
#include <set>

#include "values/error.h"
#include "values/glib_ptr.h"
#include "values/settings.h"
#include "values/text.h"
#include "vocabulary/close_match.h"

namespace airforce {
namespace {

constexpr const char* kForms =
    "write airforce://generate?model=...&prompt=... or airforce://task/ID, with what is not a "
    "letter or digit percent-encoded";

Error wrong_uri(const std::string& message, std::string next_step = kForms) {
  return Error(ErrorKind::Settings, Step::Settings, "the airforce:// URI " + message,
               std::move(next_step));
}

GUriPtr parsed(const std::string& text) {
  GErrorSlot error;
  GUriPtr uri(g_uri_parse(text.c_str(),
                          GUriFlags(G_URI_FLAGS_ENCODED_QUERY | G_URI_FLAGS_ENCODED_PATH), error));
  if (!uri || g_strcmp0(g_uri_get_scheme(uri.get()), "airforce") != 0)
    throw wrong_uri("can't be read");
  if (g_uri_get_fragment(uri.get()) != nullptr) {
    throw wrong_uri("has a '#', which would cut off the rest", "write it as %23");
  }
  if (g_uri_get_userinfo(uri.get()) != nullptr || g_uri_get_port(uri.get()) >= 0)
    throw wrong_uri("has a user or a port");
  return uri;
}

// Whether the field describes what is sent to the service: the request itself, rather than how it
// is handled.
bool is_request_field(const ParameterInfo& parameter) {
  return (parameter.traits & AIRFORCE_BODY) != 0 || parameter.id == Parameter::task_id ||
         parameter.id == Parameter::extra;
}

bool is_allowed(const ParameterInfo& parameter, bool names_task) {
  return (parameter.traits & AIRFORCE_URI) != 0 && !(names_task && is_request_field(parameter));
}

const ParameterInfo& known_field(const char* name, bool names_task) {
  const ParameterInfo* found = find_parameter(name);
  if (found != nullptr && is_allowed(*found, names_task)) return *found;
  if (found != nullptr && (found->traits & AIRFORCE_SECRET) != 0) {
    throw wrong_uri(
        "must not hold the key: URIs are logged and shown",
        "set AIRFORCE_API_KEY, or AIRFORCE_API_KEY_FILE to the name of a file that holds it");
  }
  std::vector<std::string> names;
  std::string list;
  for (const ParameterInfo& parameter : parameters()) {
    if (!is_allowed(parameter, names_task)) continue;
    names.emplace_back(parameter.name);
    list += (list.empty() ? "" : ", ") + names.back();
  }
  const std::string meant = close_match(name, names);
  throw wrong_uri(
      "has no field '" + display_text(name, 60) + "'",
      (meant.empty() ? "" : "did you mean '" + meant + "'? ") + "its fields are " + list);
}

// "ID" of the path "/ID".
std::string task_id_in(const std::string& path) {
  const bool has_one_part = path.size() > 1 && path.find('/', 1) == std::string::npos;
  const GCharPtr id(has_one_part ? g_uri_unescape_string(path.c_str() + 1, "/") : nullptr);
  if (!id) throw wrong_uri("names no task");
  return id.get();
}

void set_fields(Settings& settings, const char* query, bool names_task) {
  std::set<Parameter> seen;
  GUriParamsIter iterator;
  g_uri_params_iter_init(&iterator, query, -1, "&", G_URI_PARAMS_WWW_FORM);
  for (;;) {
    g_autofree char* name = nullptr;
    g_autofree char* value = nullptr;
    GErrorSlot error;
    if (!g_uri_params_iter_next(&iterator, &name, &value, error)) {
      if (error) throw wrong_uri("has a field without '=' or with a wrong percent-encoding");
      return;
    }
    const ParameterInfo& parameter = known_field(name, names_task);
    const bool is_first = seen.insert(parameter.id).second;
    if (parameter.type == ParameterType::List) {
      settings.add(name, value);
    } else if (is_first) {
      settings.set(name, value);
    } else {
      throw wrong_uri("names " + std::string(parameter.name) + " twice", "");
    }
  }
}

}  // namespace

void Settings::set_uri(std::string_view text) {
  const GUriPtr uri = parsed(std::string(text));
  const std::string host = g_uri_get_host(uri.get()) != nullptr ? g_uri_get_host(uri.get()) : "";
  const std::string path = g_uri_get_path(uri.get());

  Settings changed = *this;
  for (const ParameterInfo& parameter : parameters()) {
    if (is_request_field(parameter)) changed.reset(parameter.name);
  }
  changed.images_.clear();
  changed.is_from_uri_ = true;
  changed.set("reuse",
              "always");  // who opens a URI again wants the same clip, not another purchase

  const bool names_task = host == "task";
  if (names_task) {
    changed.set("task_id", task_id_in(path));
  } else if (host != "generate" || (!path.empty() && path != "/")) {
    throw wrong_uri("is none of 'generate', 'film' and 'task'");
  }
  if (const char* query = g_uri_get_query(uri.get())) set_fields(changed, query, names_task);
  const double limit = number(Parameter::max_cost_cents);
  const double new_limit = changed.number(Parameter::max_cost_cents);
  const bool is_loosened = limit >= 0 && (new_limit < 0 || new_limit > limit);
  if (is_loosened) changed.values_[static_cast<std::size_t>(Parameter::max_cost_cents)] = limit;
  *this = std::move(changed);
}

}  // namespace airforce
