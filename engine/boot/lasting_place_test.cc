#include "engine/boot/lasting_place.h"

#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(LastingPlaceTest, WhatTheStubBroughtIsCarried) {
  EXPECT_TRUE(IsCarried("/.extra/sysext/a.raw"));
  EXPECT_TRUE(IsCarried("/run/extgate/incoming/global_confext/a.raw"));
  EXPECT_FALSE(IsCarried("/run/extgate/foreign/sysext/a.raw"));
  EXPECT_FALSE(IsCarried("/.extraordinary/a.raw"));
  EXPECT_FALSE(IsCarried("/var/.extra/a.raw"));
}

TEST(LastingPlaceTest, WhatLiesInRunIsGoneWithTheBoot) {
  EXPECT_TRUE(OutlivesABoot("/var/lib/extensions/a.raw", {}));
  EXPECT_TRUE(OutlivesABoot("/running/a.raw", {}));
  EXPECT_FALSE(OutlivesABoot("/run/extensions/a.raw", {}));
  EXPECT_FALSE(OutlivesABoot("/run/images/a.raw", {"/run/other", "/more"}));
  EXPECT_FALSE(OutlivesABoot("/run/images-too/a.raw", {"/run/images"}));
  EXPECT_TRUE(OutlivesABoot("/run/images/a.raw", {"/more", "/run/images"}));
}

TEST(LastingPlaceTest, WhatIsCarriedIsOfOneEntryEvenWhereItIsNamed) {
  EXPECT_FALSE(OutlivesABoot("/.extra/sysext/a.raw", {"/.extra/sysext"}));
  EXPECT_FALSE(OutlivesABoot("/run/extgate/incoming/sysext/a.raw", {"/run"}));
}

}  // namespace
}  // namespace extgate
