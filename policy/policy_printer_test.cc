#include "policy/policy_printer.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"
#include "policy/policy_reader.h"
#include "policy/random_policy.h"

namespace extgate {
namespace {

TEST(PolicyPrinterTest, PrintedPolicyParsesToEqualPolicy) {
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    const Policy policy = RandomPolicy(seed);
    const std::string text = CanonicalText(policy);
    const auto again = ReadPolicyText(text, "p", SourceKind::kPolicyFile);
    ASSERT_TRUE(again.value.has_value())
        << seed << "\n"
        << text << ToString(again.diagnostics.at(0));
    EXPECT_EQ(*again.value, policy) << seed << "\n" << text;
    EXPECT_EQ(CanonicalText(*again.value), text) << seed;
  }
}

TEST(PolicyPrinterTest, DifferentPoliciesPrintDifferently) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    const Policy a = RandomPolicy(seed);
    const Policy b = RandomPolicy(seed + 1);
    EXPECT_EQ(a == b, CanonicalText(a) == CanonicalText(b)) << seed;
  }
}

TEST(PolicyPrinterTest, AnEmptyPolicyStaysOne) {
  EXPECT_EQ(CanonicalText(Policy()), "extension_policy:\n  version: 1\n");
}

TEST(PolicyPrinterTest, Text) {
  const auto policy = ReadPolicyText(R"(
extension_policy:
  rules:
    - verdict: deny
      reason: |
        First.
        Second.
      match: {class: sysext, name: 'a"*'}
      id: x
  trust:
    certificates: |
      -----BEGIN CERTIFICATE-----
      AAAA
      -----END CERTIFICATE-----
    efi: [db]
  mode: enforcing
)",
                                     "p", SourceKind::kPolicyFile);
  ASSERT_TRUE(policy.value.has_value());
  EXPECT_EQ(CanonicalText(*policy.value), R"(extension_policy:
  version: 1
  mode: enforcing
  trust:
    efi: [db]
    certificates:
      - |
        -----BEGIN CERTIFICATE-----
        AAAA
        -----END CERTIFICATE-----
  rules:
    - id: "x"
      match:
        name: ["a\"*"]
        class: [sysext]
      verdict: deny
      reason: |
        First.
        Second.
)");
}

}  // namespace
}  // namespace extgate
