// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/ranges.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "scenario/sha256.h"

namespace fwbench {
namespace {

std::string reformat(std::string_view text, IpVersion ip = IpVersion::v4) {
  const auto range = parse_address_range(text, ip);
  return range ? format_address_range(*range, ip) : "error: " + range.error().message;
}

TEST(Ranges, AddressesComeBackAsTheyAreWritten) {
  for (const char* const text : {"192.0.2.1", "192.0.2.0/24", "0.0.0.0/0", "192.0.2.1-192.0.2.9", "255.255.255.255"}) {
    EXPECT_EQ(reformat(text), text);
  }
  for (const char* const text : {"2001:2::1", "2001:2::/48", "::/0", "2001:2::1-2001:2::ffff"}) {
    EXPECT_EQ(reformat(text, IpVersion::v6), text);
  }
  EXPECT_EQ(reformat("192.0.2.0-192.0.2.255"), "192.0.2.0/24");
  EXPECT_EQ(parse_address_range("198.18.0.0/15", IpVersion::v4)->last, (FieldValue{198} << 24 | 0x13ffff));
}

TEST(Ranges, SaysWhatIsWrongWithAnAddress) {
  EXPECT_EQ(reformat("192.0.2.256"), "error: '192.0.2.256' is not an IPv4 address");
  EXPECT_EQ(reformat("2001:2::1"), "error: '2001:2::1' is an IPv6 address in a class of IPv4");
  EXPECT_EQ(reformat("192.0.2.1", IpVersion::v6), "error: '192.0.2.1' is an IPv4 address in a class of IPv6");
  EXPECT_EQ(reformat("192.0.2.0/33"), "error: '33' is not a prefix length of IPv4");
  EXPECT_EQ(reformat("192.0.2.0/"), "error: '' is not a prefix length of IPv4");
  EXPECT_EQ(reformat("192.0.2.9-192.0.2.1"),
            "error: '192.0.2.9-192.0.2.1' is an empty range: its first value is above its last");
  EXPECT_EQ(reformat("192.0.2.1/24"), "error: '192.0.2.1/24' has bits set behind the prefix");
  EXPECT_EQ(parse_address_range("192.0.2.1/24", IpVersion::v4).error().remedy, "did you mean '192.0.2.0/24'?");
}

TEST(Ranges, NumbersHaveALimitAndAnOrder) {
  EXPECT_EQ(*parse_number_range("443", 65535), (Interval{443, 443}));
  EXPECT_EQ(*parse_number_range("1-65535", 65535), (Interval{1, 65535}));
  for (const char* const bad : {"65536", "2-1", "", "-", "1-", "-1", "+1", "1 2", "0x10", "99999999999999999999"}) {
    EXPECT_FALSE(parse_number_range(bad, 65535)) << bad;
  }
}

TEST(Sha256, IsWhatSha256sumSays) {  // FIPS 180-2 appendix B.1
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace fwbench
