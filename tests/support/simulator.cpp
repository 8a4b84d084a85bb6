// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/simulator.h"

#include <cstdlib>
#include <random>
#include <sstream>
#include <stdexcept>

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include "values/glib_ptr.h"

namespace airforce::test {
namespace {

Command command_for(std::vector<std::string> options) {
  Command command;
  command.arguments = {AIRFORCE_SIMULATOR_PATH, "--print-environment", "--die-with-parent"};
  if (const char* dialect = std::getenv("AIRFORCE_TEST_DIALECT"))
    command.arguments.insert(command.arguments.end(), {"--dialect", dialect});
  command.arguments.insert(command.arguments.end(), options.begin(), options.end());
  return command;
}

std::int64_t integer_at(const std::string& json, const char* object, const std::string& name) {
  const GObjectPtr<JsonParser> parser(json_parser_new());
  if (!json_parser_load_from_data(parser.get(), json.data(), static_cast<gssize>(json.size()),
                                  nullptr))
    return -1;
  JsonObject* fields = json_node_get_object(json_parser_get_root(parser.get()));
  if (object != nullptr) {
    if (!json_object_has_member(fields, object)) return -1;
    fields = json_object_get_object_member(fields, object);
  }
  if (!json_object_has_member(fields, name.c_str())) return object != nullptr ? 0 : -1;
  return json_object_get_int_member(fields, name.c_str());
}

}  // namespace

Simulator::Simulator(std::vector<std::string> options) : process_(command_for(std::move(options))) {
  if (!process_.shows("AIRFORCE_SIMULATOR_URL="))
    throw std::runtime_error("the simulator does not start:\n" + process_.errors());
  std::istringstream lines(process_.output());
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) environment_[line.substr(0, equals)] = line.substr(equals + 1);
  }
}

std::string Simulator::ask(const std::string& method, const std::string& path,
                           const std::string& body) const {
  const GObjectPtr<SoupSession> session(soup_session_new());
  const GObjectPtr<SoupMessage> message(
      soup_message_new(method.c_str(), (environment_.at("AIRFORCE_SIMULATOR_URL") + path).c_str()));
  if (!body.empty()) {
    const GBytesPtr bytes(g_bytes_new(body.data(), body.size()));
    soup_message_set_request_body_from_bytes(message.get(), "text/plain", bytes.get());
  }
  GErrorSlot error;
  const GBytesPtr answer(soup_session_send_and_read(session.get(), message.get(), nullptr, error));
  if (answer == nullptr)
    throw std::runtime_error(std::string("the simulator does not answer: ") + error->message);
  gsize size = 0;
  const auto* data = static_cast<const char*>(g_bytes_get_data(answer.get(), &size));
  std::string text(data != nullptr ? data : "", size);
  if (soup_message_get_status(message.get()) != 200)
    throw std::runtime_error("the simulator refuses: " + text);
  return text;
}

std::string Simulator::state() const {
  return ask("GET", "/state");
}
std::int64_t Simulator::count(const std::string& name) const {
  return integer_at(state(), nullptr, name);
}
std::int64_t Simulator::requests(const std::string& step) const {
  return integer_at(state(), "requests_by_step", step);
}
void Simulator::add_fault(const std::string& fault) const {
  ask("POST", "/faults", fault);
}
void Simulator::clear_faults() const {
  ask("DELETE", "/faults");
}

bool speaks_sdk_dialect() {
  const char* dialect = std::getenv("AIRFORCE_TEST_DIALECT");
  return dialect != nullptr && std::string(dialect) == "sdk";
}

std::string fake_clip(std::size_t bytes) {
  using namespace std::string_literals;
  // ftyp, a moov with an empty track, and an mdat of the rest.
  std::string clip =
      "\0\0\0\x14"
      "ftypisom\0\0\2\0isom"s +
      "\0\0\0\x10"
      "moov"
      "\0\0\0\x08"
      "trak"s;
  const auto rest = static_cast<std::uint32_t>(bytes - clip.size());
  for (int shift = 24; shift >= 0; shift -= 8) clip += static_cast<char>(rest >> shift & 0xff);
  clip += "mdat";
  std::minstd_rand random(1);
  while (clip.size() < bytes) clip += static_cast<char>(random());
  return clip;
}

}  // namespace airforce::test
