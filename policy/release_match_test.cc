// systemd's matching, case by case and version by version.
#include "policy/release_match.h"

#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace extgate {
namespace {

using Fields = std::map<std::string, std::string>;
using Codes = std::vector<ReasonCode>;

HostFacts Host(Fields os_release, int version = 257) {
  HostFacts host;
  host.os_release = std::move(os_release);
  host.architecture = Architecture::kX8664;
  host.systemd_version = version;
  return host;
}

Codes CodesOf(const std::vector<Reason>& reasons) {
  Codes codes;
  for (const Reason& reason : reasons) codes.push_back(reason.code);
  return codes;
}

std::vector<Reason> Match(const Fields& fields, const HostFacts& host,
                          ImageClass image_class = ImageClass::kSysext) {
  return MatchRelease({"k3s", false, fields}, image_class, host);
}

constexpr ReasonCode kMismatch = ReasonCode::kReleaseMismatch;
constexpr ReasonCode kArchitecture = ReasonCode::kWrongArchitecture;
constexpr ReasonCode kScope = ReasonCode::kWrongScope;

TEST(ReleaseMatchTest, Identity) {
  const Fields kDebian = {{"ID", "debian"}, {"VERSION_ID", "13"}};
  const Fields kLevelled = {{"ID", "debian"},
                            {"VERSION_ID", "13"},
                            {"SYSEXT_LEVEL", "2"},
                            {"CONFEXT_LEVEL", "7"}};
  const struct {
    const char* name;
    Fields host;
    Fields image;
    Codes want;
  } kCases[] = {
      {"same", kDebian, {{"ID", "debian"}, {"VERSION_ID", "13"}}, {}},
      {"another version",
       kDebian,
       {{"ID", "debian"}, {"VERSION_ID", "12"}},
       {kMismatch}},
      {"no version", kDebian, {{"ID", "debian"}}, {kMismatch}},
      {"another ID",
       kDebian,
       {{"ID", "arch"}, {"VERSION_ID", "13"}},
       {kMismatch}},
      {"no ID", kDebian, {{"VERSION_ID", "13"}}, {kMismatch}},
      {"empty", kDebian, {}, {kMismatch}},
      {"any", kDebian, {{"ID", "_any"}}, {}},
      {"any, whatever the version",
       kDebian,
       {{"ID", "_any"}, {"VERSION_ID", "1"}},
       {}},
      {"same level", kLevelled, {{"ID", "debian"}, {"SYSEXT_LEVEL", "2"}}, {}},
      {"level outweighs version",
       kLevelled,
       {{"ID", "debian"}, {"VERSION_ID", "1"}, {"SYSEXT_LEVEL", "2"}},
       {}},
      {"another level, same version",
       kLevelled,
       {{"ID", "debian"}, {"VERSION_ID", "13"}, {"SYSEXT_LEVEL", "1"}},
       {kMismatch}},
      {"level of the other class",
       kLevelled,
       {{"ID", "debian"}, {"CONFEXT_LEVEL", "7"}},
       {kMismatch}},
      {"only the host has a level",
       kLevelled,
       {{"ID", "debian"}, {"VERSION_ID", "13"}},
       {}},
      {"only the image has a level",
       kDebian,
       {{"ID", "debian"}, {"VERSION_ID", "13"}, {"SYSEXT_LEVEL", "2"}},
       {}},
      {"rolling host",
       {{"ID", "arch"}},
       {{"ID", "arch"}, {"VERSION_ID", "1"}, {"SYSEXT_LEVEL", "2"}},
       {}},
      {"rolling host with a level",
       {{"ID", "arch"}, {"SYSEXT_LEVEL", "2"}},
       {{"ID", "arch"}},
       {}},
      {"rolling host, other level",
       {{"ID", "arch"}, {"SYSEXT_LEVEL", "2"}},
       {{"ID", "arch"}, {"SYSEXT_LEVEL", "1"}},
       {kMismatch}},
      {"host without ID", {}, {{"ID", "debian"}}, {kMismatch}},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(CodesOf(Match(c.image, Host(c.host))), c.want) << c.name;
  }
}

TEST(ReleaseMatchTest, ConfextHasALevelOfItsOwn) {
  const HostFacts host = Host({{"ID", "debian"},
                               {"VERSION_ID", "13"},
                               {"SYSEXT_LEVEL", "2"},
                               {"CONFEXT_LEVEL", "7"}});
  const Fields image = {{"ID", "debian"}, {"CONFEXT_LEVEL", "7"}};
  EXPECT_EQ(CodesOf(Match(image, host, ImageClass::kConfext)), Codes{});
  EXPECT_EQ(CodesOf(Match(image, host, ImageClass::kSysext)), Codes{kMismatch});
}

TEST(ReleaseMatchTest, IdLikeCountsFrom258) {
  const Fields os_release = {
      {"ID", "ubuntu"}, {"ID_LIKE", "foo debian"}, {"VERSION_ID", "24.04"}};
  const Fields image = {{"ID", "debian"}, {"VERSION_ID", "24.04"}};
  const struct {
    int version;
    Codes want;
  } kCases[] = {{0, {kMismatch}},
                {252, {kMismatch}},
                {257, {kMismatch}},
                {258, {}},
                {262, {}}};
  for (const auto& c : kCases) {
    EXPECT_EQ(CodesOf(Match(image, Host(os_release, c.version))), c.want)
        << c.version;
  }
  EXPECT_EQ(CodesOf(Match({{"ID", "deb"}}, Host(os_release, 262))),
            Codes{kMismatch})
      << "a whole word";
  EXPECT_EQ(CodesOf(Match({{"ID", "debian"}, {"VERSION_ID", "13"}},
                          Host(os_release, 262))),
            Codes{kMismatch})
      << "and the version still counts";
}

TEST(ReleaseMatchTest, ArchitectureFitsOrIsAny) {
  HostFacts host = Host({{"ID", "a"}});
  const auto codes = [&host](const char* architecture) {
    return CodesOf(
        Match({{"ID", "_any"}, {"ARCHITECTURE", architecture}}, host));
  };
  EXPECT_EQ(codes("x86-64"), Codes{});
  EXPECT_EQ(codes("_any"), Codes{});
  EXPECT_EQ(codes(""), Codes{});
  EXPECT_EQ(codes("arm64"), Codes{kArchitecture});
  EXPECT_EQ(codes("x86_64"), Codes{kArchitecture});
  host.architecture = std::nullopt;
  EXPECT_EQ(codes("x86-64"), Codes{kArchitecture});
  EXPECT_EQ(codes("_any"), Codes{});
}

TEST(ReleaseMatchTest, ScopeIsAListOfWords) {
  const struct {
    const char* name;
    Fields image;
    bool initrd;
    Codes want;
  } kCases[] = {
      {"default", {{"ID", "_any"}}, false, {}},
      {"default in initrd", {{"ID", "_any"}}, true, {kScope}},
      {"system", {{"ID", "_any"}, {"SYSEXT_SCOPE", "system"}}, false, {}},
      {"initrd outside",
       {{"ID", "_any"}, {"SYSEXT_SCOPE", "initrd"}},
       false,
       {kScope}},
      {"initrd inside", {{"ID", "_any"}, {"SYSEXT_SCOPE", "initrd"}}, true, {}},
      {"both", {{"ID", "_any"}, {"SYSEXT_SCOPE", "initrd system"}}, false, {}},
      {"portable",
       {{"ID", "_any"}, {"SYSEXT_SCOPE", "portable"}},
       false,
       {kScope}},
      {"part of a word",
       {{"ID", "_any"}, {"SYSEXT_SCOPE", "systems"}},
       false,
       {kScope}},
      {"empty", {{"ID", "_any"}, {"SYSEXT_SCOPE", ""}}, false, {kScope}},
      {"the other class",
       {{"ID", "_any"}, {"CONFEXT_SCOPE", "initrd"}},
       false,
       {}},
  };
  for (const auto& c : kCases) {
    HostFacts host = Host({{"ID", "a"}});
    host.initrd = c.initrd;
    EXPECT_EQ(CodesOf(Match(c.image, host)), c.want) << c.name;
  }
}

TEST(ReleaseMatchTest, DetailsNameBothSides) {
  const Fields image = {{"ID", "debian"},
                        {"VERSION_ID", "12"},
                        {"ARCHITECTURE", "arm64"},
                        {"SYSEXT_SCOPE", "initrd"}};
  const std::vector<Reason> want = {
      {kMismatch, "the image has VERSION_ID `12`, the host `13`"},
      {kArchitecture, "the image has ARCHITECTURE `arm64`, the host `x86-64`"},
      {kScope, "the image has SYSEXT_SCOPE `initrd`, the host needs `system`"},
  };
  EXPECT_EQ(Match(image, Host({{"ID", "debian"}, {"VERSION_ID", "13"}})), want);
}

}  // namespace
}  // namespace extgate
