// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http/place.h"

#include <gtest/gtest.h>

#include "values/glib_ptr.h"

namespace airforce::http {
namespace {

struct Located {
  const char* address;
  Place place;
};

void PrintTo(const Located& located, std::ostream* out) {
  *out << located.address;
}

class AddressPlace : public testing::TestWithParam<Located> {};

TEST_P(AddressPlace, is_known) {
  const GObjectPtr<GInetAddress> address(g_inet_address_new_from_string(GetParam().address));
  ASSERT_TRUE(address);
  EXPECT_EQ(place_of(address.get()), GetParam().place);
}

INSTANTIATE_TEST_SUITE_P(
    Place, AddressPlace,
    testing::Values(
        Located{"127.0.0.1", Place::Loopback}, Located{"127.255.0.1", Place::Loopback},
        Located{"0.0.0.0", Place::Loopback}, Located{"::1", Place::Loopback},
        Located{"::", Place::Loopback}, Located{"::ffff:127.0.0.1", Place::Loopback},
        Located{"::127.0.0.1", Place::Loopback}, Located{"64:ff9b::7f00:1", Place::Loopback},
        Located{"2002:7f00:1::", Place::Loopback}, Located{"10.1.2.3", Place::Private},
        Located{"172.16.0.1", Place::Private}, Located{"172.31.255.255", Place::Private},
        Located{"192.168.1.1", Place::Private}, Located{"100.64.0.1", Place::Private},
        Located{"100.127.255.255", Place::Private}, Located{"198.19.0.1", Place::Private},
        Located{"224.0.0.1", Place::Private}, Located{"255.255.255.255", Place::Private},
        Located{"fc00::1", Place::Private}, Located{"fdff::1", Place::Private},
        Located{"ff02::1", Place::Private}, Located{"::ffff:10.0.0.1", Place::Private},
        Located{"64:ff9b:1::1", Place::Private}, Located{"169.254.169.254", Place::LinkLocal},
        Located{"fe80::1", Place::LinkLocal}, Located{"::ffff:169.254.169.254", Place::LinkLocal},
        Located{"8.8.8.8", Place::Public}, Located{"100.128.0.1", Place::Public},
        Located{"172.32.0.1", Place::Public}, Located{"192.169.0.1", Place::Public},
        Located{"2606:4700::1111", Place::Public}, Located{"64:ff9b::808:808", Place::Public}));

TEST(UrlPlace, is_known_where_the_host_is_an_address_or_localhost) {
  EXPECT_EQ(place_of_url("http://LOCALHOST:1/"), Place::Loopback);
  EXPECT_EQ(place_of_url("http://a.localhost/"), Place::Loopback);
  EXPECT_EQ(place_of_url("https://[::1]/"), Place::Loopback);
  EXPECT_EQ(place_of_url("https://10.0.0.1/"), Place::Private);
  EXPECT_EQ(place_of_url("https://8.8.8.8/"), Place::Public);
  EXPECT_EQ(place_of_url("https://api.airforce/"), std::nullopt);
}

}  // namespace
}  // namespace airforce::http
