#include "adapters/host_probe.h"

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "adapters/testing/elf_builder.h"
#include "adapters/testing/temp_root.h"
#include "engine/host_date.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/diagnostic.h"
#include "policy/hierarchies.h"

namespace extgate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr char kEfivars[] = "/sys/firmware/efi/efivars/";

WithDiagnostics<HostFacts> Probe(const TempRoot& root) {
  EfiVariables variables(root.places());
  return HostProbe(root.places(), variables).Facts();
}

std::vector<DiagnosticCode> Codes(const WithDiagnostics<HostFacts>& facts) {
  std::vector<DiagnosticCode> codes;
  for (const Diagnostic& diagnostic : facts.diagnostics) {
    codes.push_back(diagnostic.code);
  }
  return codes;
}

TEST(HostProbe, FindsEverything) {
  TempRoot root;
  root.File("/usr/lib/os-release", "ID=kairos\nVERSION_ID=\"4.3\"\n");
  root.Symlink("../usr/lib/os-release", "/etc/os-release");
  root.File("/usr/bin/systemd-sysext",
            BuildElf(ElfShape::k64Little, {"libsystemd-shared-257.so"}));
  root.File("/run/cos/active_mode");
  root.File("/sys/module/dm_verity/parameters/require_signatures", "N\n");
  auto facts = Probe(root);
  EXPECT_THAT(facts.diagnostics, IsEmpty());
  EXPECT_THAT(
      facts.value.os_release,
      UnorderedElementsAre(Pair("ID", "kairos"), Pair("VERSION_ID", "4.3")));
  EXPECT_EQ(facts.value.systemd_version, 257);
  EXPECT_EQ(facts.value.entry, "active");
  EXPECT_FALSE(facts.value.initrd);
  EXPECT_FALSE(facts.value.verity_requires_kernel_key);
#if defined(__x86_64__)
  EXPECT_EQ(facts.value.architecture, Architecture::kX8664);
#endif
}

TEST(HostProbe, SaysWhatItCouldNotFind) {
  TempRoot root;
  auto facts = Probe(root);
  EXPECT_THAT(Codes(facts), ElementsAre(DiagnosticCode::kFileUnreadable,
                                        DiagnosticCode::kSystemdUnknown,
                                        DiagnosticCode::kEntryUnknown));
  EXPECT_EQ(facts.value.systemd_version, 0);
  EXPECT_EQ(facts.value.entry, "");
  EXPECT_THAT(facts.value.os_release, IsEmpty());
}

TEST(HostProbe, TellsTheDate) {
  TempRoot root;
  const int64_t before = absl::ToUnixSeconds(absl::Now());
  const UtcTime date = Probe(root).value.date;
  EXPECT_GE(date.seconds(), before);
  EXPECT_GE(date, UtcTime::Parse(kBuildDate).value());
}

TEST(HostProbe, TellsWhatStandsInTheHostsTree) {
  TempRoot root;
  root.File("/usr/bin/tool");
  root.Symlink("bin", "/usr/sbin");
  EfiVariables variables(root.places());
  HostProbe probe(root.places(), variables);
  EXPECT_EQ(*probe.TypeOf("usr/bin"), FileType::kDirectory);
  EXPECT_EQ(*probe.TypeOf("usr/bin/tool"), FileType::kRegular);
  EXPECT_EQ(*probe.TypeOf("usr/sbin"), FileType::kSymlink);
  EXPECT_TRUE(absl::IsNotFound(probe.TypeOf("usr/lib").status()));
}

TEST(HostProbe, EtcOsReleaseComesFirst) {
  TempRoot root;
  root.File("/usr/lib/os-release", "ID=vendor\n");
  root.File("/etc/os-release", "ID=local\n");
  EXPECT_THAT(Probe(root).value.os_release,
              UnorderedElementsAre(Pair("ID", "local")));
  root.Remove("/etc/os-release");
  EXPECT_THAT(Probe(root).value.os_release,
              UnorderedElementsAre(Pair("ID", "vendor")));
}

TEST(HostProbe, KnowsInitrdAndKernelKeys) {
  for (const char* word : {"Y\n", "1\n", "Y"}) {
    TempRoot root;
    root.File("/etc/initrd-release");
    root.File("/sys/module/dm_verity/parameters/require_signatures", word);
    EXPECT_TRUE(Probe(root).value.initrd);
    EXPECT_TRUE(Probe(root).value.verity_requires_kernel_key) << word;
  }
}

TEST(HostProbe, KnowsWhatTheUnitsMerge) {
  TempRoot root;
  EXPECT_EQ(Probe(root).value.hierarchies, Hierarchies());
  root.File("/etc/systemd/system/systemd-sysext.service.d/kairos-uki.conf",
            "[Service]\nEnvironment=SYSTEMD_SYSEXT_HIERARCHIES=/usr/bin:/usr/"
            "share\n");
  root.File("/usr/lib/systemd/system/systemd-confext.service",
            "[Service]\nEnvironment=SYSTEMD_CONFEXT_HIERARCHIES=/etc/a\n");
  EXPECT_EQ(Probe(root).value.hierarchies,
            (Hierarchies{{"/usr/bin", "/usr/share"}, {"/etc/a"}}));
}

TEST(HostProbe, SaysThatSystemdWillMergeNothing) {
  TempRoot root;
  const size_t before = Probe(root).diagnostics.size();
  root.File("/etc/systemd/system/systemd-sysext.service.d/a.conf",
            "[Service]\nEnvironment=SYSTEMD_SYSEXT_HIERARCHIES=usr\n");
  const auto facts = Probe(root);
  ASSERT_EQ(facts.diagnostics.size(), before + 1);
  EXPECT_THAT(ToString(facts.diagnostics.back()),
              AllOf(HasSubstr("systemd-sysext.service"),
                    HasSubstr("systemd will merge nothing"),
                    HasSubstr("`usr` is not absolute")));
  EXPECT_EQ(facts.value.hierarchies, Hierarchies());
}

TEST(HostProbe, CommandLineSpeaksForTheFirmwareOnlyWhereAStubRan) {
  const std::string kOn("\x06\x00\x00\x00\x01", 5);
  const std::string kOff("\x06\x00\x00\x00\x00", 5);
  const std::string kStub("\x06\x00\x00\x00s\x00\x00\x00", 8);
  const struct {
    const char* name;
    std::string secure_boot;
    bool stub;
    Authority authority;
  } kCases[] = {
      {"secure boot and stub", kOn, true, Authority::kCmdline},
      {"secure boot alone", kOn, false, Authority::kLocal},
      {"stub alone", kOff, true, Authority::kLocal},
  };
  for (const auto& c : kCases) {
    TempRoot root;
    const std::string global = "-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    root.File(kEfivars + ("SecureBoot" + global), c.secure_boot);
    root.File(kEfivars + ("SetupMode" + global), kOff);
    if (c.stub) {
      root.File(kEfivars + std::string("StubInfo-4a67b082-0a4c-41cf-b6c7-"
                                       "440b29bb8c4f"),
                kStub);
    }
    EfiVariables variables(root.places());
    EXPECT_EQ(HostProbe(root.places(), variables).CommandLineAuthority(),
              c.authority)
        << c.name;
  }
}

TEST(HostProbe, ReadsProcBelowTheRoot) {
  TempRoot root;
  root.File("/proc/cmdline", "quiet extgate.mode=enforcing\n");
  root.File("/proc/sys/kernel/hostname", "node-7\n");
  root.File("/proc/sys/kernel/random/boot_id", "0f0e\n");
  EfiVariables variables(root.places());
  HostProbe probe(root.places(), variables);
  EXPECT_EQ(probe.CommandLine(), "quiet extgate.mode=enforcing");
  EXPECT_EQ(probe.HostName(), "node-7");
  EXPECT_EQ(probe.BootId(), "0f0e");
}

TEST(HostProbe, NowIsRfc3339InUtc) {
  TempRoot root;
  EfiVariables variables(root.places());
  const std::string now = HostProbe(root.places(), variables).Now();
  absl::Time time;
  std::string error;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, now, &time, &error)) << now;
  EXPECT_LT(absl::AbsDuration(absl::Now() - time), absl::Seconds(5));
  EXPECT_EQ(now.back(), 'Z');
}

TEST(ArchitectureOf, HasSystemdsWords) {
  EXPECT_EQ(ArchitectureOf("x86_64"), Architecture::kX8664);
  EXPECT_EQ(ArchitectureOf("i686"), Architecture::kX86);
  EXPECT_EQ(ArchitectureOf("aarch64"), Architecture::kArm64);
  EXPECT_EQ(ArchitectureOf("armv7l"), Architecture::kArm);
  EXPECT_EQ(ArchitectureOf("riscv64"), Architecture::kRiscv64);
  EXPECT_EQ(ArchitectureOf("ppc64le"), Architecture::kPpc64Le);
  EXPECT_EQ(ArchitectureOf("aarch64_be"), std::nullopt);
  EXPECT_EQ(ArchitectureOf(""), std::nullopt);
}

}  // namespace
}  // namespace extgate
