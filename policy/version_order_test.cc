// The order by cases, by its laws, and against systemd's own.
#include "policy/version_order.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

int Sign(std::weak_ordering order) { return order < 0 ? -1 : order > 0; }

// Oldest to newest.
const std::vector<std::string> kAscending = {
    "",
    "0~rc1",
    "0",
    "1~",
    "1~~",
    "1~rc1",
    "1~rc1-1",
    "1~rc2",
    "1~1",
    "1",
    "1-",
    "1-a",
    "1-a.1",
    "1-1",
    "1-1.1",
    "1-1.1a",
    "1^",
    "1^a",
    "1^post1",
    "1^1",
    "1.",
    "1.a-1",
    "1.0~1",
    "1.0",
    "1.1",
    "1.1-1",
    "1.1.1",
    "1.1a",
    "1.2",
    "1.9",
    "1.10",
    "1.10.0",
    "1.100",
    "1A",
    "1AB",
    "1Z",
    "1a",
    "1a-1",
    "1aa",
    "1b",
    "1b1",
    "2",
    "9",
    "10",
    "122.1",
    "123~rc1-1",
    "123",
    "123-a",
    "124-1",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999999999"};

// In a whole order every pair says where it stands.
TEST(VersionOrderTest, Table) {
  // Letters alone are older than any number, and newer than nothing.
  EXPECT_EQ(Sign(CompareVersions("", "a")), -1);
  EXPECT_EQ(Sign(CompareVersions("a", "0")), -1);
  EXPECT_EQ(Sign(CompareVersions("~", "")), -1);
  for (size_t i = 1; i < kAscending.size(); ++i) {
    for (size_t j = 1; j < kAscending.size(); ++j) {
      EXPECT_EQ(Sign(CompareVersions(kAscending[i], kAscending[j])),
                i < j ? -1 : i > j)
          << kAscending[i] << " and " << kAscending[j];
    }
  }
}

TEST(VersionOrderTest, WhatIsNotOfTheFormatSeparates) {
  const struct {
    const char* a;
    const char* b;
    int sign;
  } kCases[] = {
      {"007", "7", 0},
      {"1.0", "1.00", 0},
      {"+1", "1", 0},
      {"1_", "1", 0},
      {"1+1", "1_1", 0},
      {"1+a", "1a", 0},
      {"1+1", "11", -1},
      {"1\xff", "1", 0},
      {"\xc3\xbc"
       "1",
       "1", 0},
      {"1 .1", "1.1", 0},
      {"_~1", "~1", 0},
      {"0", "00", 0},
      {"1.30.0+k3s1", "1.30.0+k3s2", -1},
      {"v1.30.9", "v1.30.10", -1},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Sign(CompareVersions(c.a, c.b)), c.sign) << c.a << " " << c.b;
    EXPECT_EQ(Sign(CompareVersions(c.b, c.a)), -c.sign) << c.b << " " << c.a;
  }
  const std::string nul("1\0.1", 4);
  EXPECT_EQ(Sign(CompareVersions(nul, "1.1")), 0);
}

// Few characters, so that strings often agree for a while.
std::string RandomVersion(std::mt19937& random, absl::string_view alphabet) {
  std::string text(random() % 8, ' ');
  for (char& c : text) c = alphabet[random() % alphabet.size()];
  return text;
}

TEST(VersionOrderTest, IsAnOrder) {
  std::mt19937 random(1);
  for (int i = 0; i < 300000; ++i) {
    const std::string a = RandomVersion(random, "01a~-^.");
    const std::string b = RandomVersion(random, "01a~-^.");
    const std::string c = RandomVersion(random, "01a~-^.");
    const int ab = Sign(CompareVersions(a, b));
    const int bc = Sign(CompareVersions(b, c));
    ASSERT_EQ(Sign(CompareVersions(a, a)), 0) << a;
    ASSERT_EQ(Sign(CompareVersions(b, a)), -ab) << a << " " << b;
    if (ab <= 0 && bc <= 0) {
      ASSERT_EQ(Sign(CompareVersions(a, c)), ab == 0 ? bc : -1)
          << a << " " << b << " " << c;
    }
  }
}

// What `systemd-analyze compare-versions` says: exit status 0, 11 or 12.
// $EXTGATE_COMPARE_VERSIONS names another one, a script that runs that of a
// chroot for example.
int SystemdSign(const std::string& a, const std::string& b) {
  const char* const other = std::getenv("EXTGATE_COMPARE_VERSIONS");
  const pid_t child = fork();
  if (child == 0) {
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    if (other != nullptr) {
      execl(other, other, a.c_str(), b.c_str(), nullptr);
    } else {
      execlp("systemd-analyze", "systemd-analyze", "compare-versions", "--",
             a.c_str(), b.c_str(), nullptr);
    }
    _exit(127);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  switch (WEXITSTATUS(status)) {
    case 0:
      return 0;
    case 11:
      return 1;
    case 12:
      return -1;
    default:
      ADD_FAILURE() << "systemd-analyze: exit " << WEXITSTATUS(status);
      return 2;
  }
}

void ExpectAgreement(const std::string& a, const std::string& b) {
  EXPECT_EQ(Sign(CompareVersions(a, b)), SystemdSign(a, b)) << a << " " << b;
}

TEST(VersionOrderTest, AgreesWithSystemd) {
  for (size_t i = 0; i + 1 < kAscending.size(); ++i) {
    ExpectAgreement(kAscending[i], kAscending[i + 1]);
  }
  std::mt19937 random(2);
  for (int i = 0; i < 400; ++i) {
    // The second is often a neighbour of the first.
    const std::string a = RandomVersion(random, "0019aaB~-^._+");
    std::string b = RandomVersion(random, "0019aaB~-^._+");
    if (i % 2 == 0) b = a.substr(0, random() % (a.size() + 1)) + b;
    ExpectAgreement(a, b);
  }
}

}  // namespace
}  // namespace extgate
