// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http/place.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "http/url.h"

namespace airforce::http {
namespace {

using Bytes = std::span<const std::uint8_t>;

struct Network {
  std::array<std::uint8_t, 16> address;
  unsigned bits;
  Place place;
};

constexpr Network kIpv4Networks[] = {
    {{0}, 8, Place::Loopback},          {{10}, 8, Place::Private},
    {{100, 64}, 10, Place::Private},    {{127}, 8, Place::Loopback},
    {{169, 254}, 16, Place::LinkLocal}, {{172, 16}, 12, Place::Private},
    {{192, 0, 0}, 24, Place::Private},  {{192, 168}, 16, Place::Private},
    {{198, 18}, 15, Place::Private},    {{224}, 3, Place::Private},
};

constexpr Network kIpv6Networks[] = {
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, Place::Private},
    {{0xfc}, 7, Place::Private},
    {{0xfe, 0x80}, 10, Place::LinkLocal},
    {{0xfe, 0xc0}, 10, Place::Private},
    {{0xff}, 8, Place::Private},
};

// IPv6 networks that hold an IPv4 address, and where in an address it stands.
struct Embedding {
  std::array<std::uint8_t, 16> address;
  unsigned bits;
  std::size_t offset;
};

constexpr Embedding kEmbeddings[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},  // mapped
    {{0x00, 0x64, 0xff, 0x9b}, 96, 12},                    // NAT64
    {{0x20, 0x02}, 16, 2},                                 // 6to4
    {{0}, 96, 12},                                         // compatible; :: and ::1, too
};

bool is_within(Bytes address, std::span<const std::uint8_t> network, unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(address.begin(), address.begin() + whole, network.begin())) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (address[whole] & mask) == (network[whole] & mask);
}

Place place_in(Bytes address, std::span<const Network> networks) {
  for (const Network& network : networks) {
    if (is_within(address, network.address, network.bits)) return network.place;
  }
  return Place::Public;
}

}  // namespace

Place place_of(GInetAddress* address) {
  const Bytes bytes(g_inet_address_to_bytes(address), g_inet_address_get_native_size(address));
  if (bytes.size() == 4) return place_in(bytes, kIpv4Networks);
  for (const Embedding& embedding : kEmbeddings) {
    if (is_within(bytes, embedding.address, embedding.bits))
      return place_in(bytes.subspan(embedding.offset, 4), kIpv4Networks);
  }
  return place_in(bytes, kIpv6Networks);
}

std::optional<Place> place_of_url(std::string_view url) {
  const GUriPtr uri = parse_url(url);
  if (!uri) return std::nullopt;
  const char* host = g_uri_get_host(uri.get());
  const std::string_view name(host);
  if (g_ascii_strcasecmp(host, "localhost") == 0 || name.ends_with(".localhost"))
    return Place::Loopback;
  const GObjectPtr<GInetAddress> address(g_inet_address_new_from_string(host));
  return address ? std::optional(place_of(address.get())) : std::nullopt;
}

const char* name_of(Place place) {
  switch (place) {
    case Place::Public: return "the public network";
    case Place::Private: return "a private network";
    case Place::LinkLocal: return "the local link";
    case Place::Loopback: return "this machine";
  }
  return "nowhere";
}

}  // namespace airforce::http
