// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulator.h"

namespace airforce::simulator {

Simulator::Simulator(const Options& options, FILE* log)
    : log_(log),
      service_(options.service, wall_clock),
      faults_(options.service.seed),
      renderer_({.seed = options.service.seed,
                 .faststart = options.faststart,
                 .echo = options.echo,
                 .drift = options.drift,
                 .files = options.clips},
                call_in_main_loop),
      json_(options.service.dialect, signer_, [this] { return cdn_url(); }),
      api_(service_, faults_, renderer_, json_, [this] { return context(base_url(), cdn_url()); }),
      cdn_(service_, faults_, signer_, options.bandwidth,
           [this] { return context(cdn_url(), base_url()); }),
      control_(
          service_, faults_, log_,
          [this] { return api_port_.open_exchanges() + cdn_port_.open_exchanges(); },
          [this] { return late_requests_; }),
      cdn_port_(
          options.cdn_port, options.client_timeout, log_, wall_clock,
          [this](Listener& listener, const auto& exchange) { handle_cdn(listener, exchange); }),
      api_port_(
          options.port, options.client_timeout, log_, wall_clock,
          [this](Listener& listener, const auto& exchange) { handle_api(listener, exchange); }) {
  for (const Fault& fault : options.faults) faults_.add(fault);
}

PortContext Simulator::context(const std::string& own, const std::string& other) {
  return {.own_origin = own,
          .other_origin = other,
          .dialect = service_.settings().dialect,
          .later = [this](double seconds, std::function<void()> call) {
            later(seconds, std::move(call));
          }};
}

void Simulator::later(double seconds, std::function<void()> call) {
  late_requests_ += 1;
  call_after_milliseconds(static_cast<guint>(seconds * 1000),
                          [this, resets = service_.resets(), call = std::move(call)] {
                            late_requests_ -= 1;
                            if (resets == service_.resets()) call();
                          });
}

std::string Simulator::authorization(const Exchange& exchange) const {
  if (!exchange.has_header("Authorization")) return "none";
  return service_.knows(bearer_key(exchange)) ? "right" : "wrong";
}

void Simulator::handle_api(Listener& listener, const std::shared_ptr<Exchange>& exchange) {
  exchange->record.authorization = authorization(*exchange);
  exchange->record.origin = "api";
  if (Control::owns(exchange->path())) return control_.handle(exchange);
  // Also here, for redirects of the CDN.
  if (exchange->path().starts_with("/video/")) return cdn_.handle(listener, exchange);
  api_.handle(listener, exchange);
}

void Simulator::handle_cdn(Listener& listener, const std::shared_ptr<Exchange>& exchange) {
  exchange->record.authorization = authorization(*exchange);
  exchange->record.origin = "cdn";
  cdn_.handle(listener, exchange);
}

}  // namespace airforce::simulator
