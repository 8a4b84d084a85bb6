// SPDX-License-Identifier: LGPL-2.1-or-later
// Where an address is: what a URL that the service names may lead to depends on it.
#pragma once

#include <optional>
#include <string_view>

#include <gio/gio.h>

namespace airforce::http {

// One bit each, so that several can be allowed.
enum class Place : unsigned {
  Public = 1,
  Private =
      2,  // private, unique local and shared (carrier-grade NAT) networks, multicast, reserved
  LinkLocal = 4,  // also where clouds keep their metadata
  Loopback = 8,   // also the unspecified address, which connects to this machine
};
inline constexpr unsigned kAnyPlace = 15;

constexpr bool allows(unsigned places, Place place) {
  return (places & static_cast<unsigned>(place)) != 0;
}

// IPv4 addresses within IPv6 ones (mapped, NAT64, 6to4) count as what they are.
Place place_of(GInetAddress* address);

// Of a URL whose host is an address or localhost; unset where only a lookup decides.
std::optional<Place> place_of_url(std::string_view url);

// "this machine", "a private network".
const char* name_of(Place place);

}  // namespace airforce::http
