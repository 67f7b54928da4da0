// Way in: HostProbe::Facts.
#include "adapters/host_probe.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <cerrno>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "adapters/booted_entry.h"
#include "adapters/io_status.h"
#include "adapters/systemd_version.h"
#include "adapters/unit_file.h"
#include "engine/host_date.h"
#include "engine/image/release_file.h"
#include "policy/hierarchies.h"

namespace extgate {
namespace {

constexpr uint64_t kSmallFile = 64 * 1024;  // bytes

struct Machine {
  const char* name;  // uname -m
  Architecture architecture;
};
// systemd.unit(5), ConditionArchitecture=; big-endian ARM and others that
// policy has no word for are left out.
constexpr Machine kMachines[] = {
    {"x86_64", Architecture::kX8664},
    {"aarch64", Architecture::kArm64},
    {"riscv64", Architecture::kRiscv64},
    {"i386", Architecture::kX86},
    {"i486", Architecture::kX86},
    {"i586", Architecture::kX86},
    {"i686", Architecture::kX86},
    {"armv4l", Architecture::kArm},
    {"armv4tl", Architecture::kArm},
    {"armv5tl", Architecture::kArm},
    {"armv5tel", Architecture::kArm},
    {"armv5tejl", Architecture::kArm},
    {"armv6l", Architecture::kArm},
    {"armv7l", Architecture::kArm},
    {"armv7ml", Architecture::kArm},
    {"armv8l", Architecture::kArm},
    {"alpha", Architecture::kAlpha},
    {"arc", Architecture::kArc},
    {"ia64", Architecture::kIa64},
    {"loongarch64", Architecture::kLoongarch64},
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    // The kernel says the same for both byte orders; ours is that of the host.
    {"mips", Architecture::kMipsLe},
    {"mips64", Architecture::kMips64Le},
#else
    {"mips", Architecture::kMips},
    {"mips64", Architecture::kMips64},
#endif
    {"parisc", Architecture::kParisc},
    {"ppc", Architecture::kPpc},
    {"ppc64", Architecture::kPpc64},
    {"ppc64le", Architecture::kPpc64Le},
    {"riscv32", Architecture::kRiscv32},
    {"s390", Architecture::kS390},
    {"s390x", Architecture::kS390x},
    {"tilegx", Architecture::kTilegx},
};

}  // namespace

std::optional<Architecture> ArchitectureOf(absl::string_view machine) {
  for (const Machine& known : kMachines) {
    if (machine == known.name) return known.architecture;
  }
  return std::nullopt;
}

std::string HostProbe::Line(absl::string_view path) {
  const HostPath place = places_->Find(path);
  auto text = place.root->ReadSmallFile(place.path, kSmallFile);
  if (!text.ok()) return "";
  return std::string(absl::StripAsciiWhitespace(*text));
}

void HostProbe::ReadOsRelease(WithDiagnostics<HostFacts>& facts) {
  const RootDir& root = places_->below_merged();
  const char* path = "/etc/os-release";
  auto text = root.ReadSmallFile(path, kSmallFile);
  if (absl::IsNotFound(text.status())) {
    path = "/usr/lib/os-release";
    text = root.ReadSmallFile(path, kSmallFile);
  }
  absl::Status status = text.status();
  if (text.ok()) {
    auto fields = ParseReleaseFile(*text);
    status = fields.status();
    if (fields.ok()) facts.value.os_release = *std::move(fields);
  }
  if (!status.ok()) {
    facts.diagnostics.push_back({DiagnosticCode::kFileUnreadable,
                                 Severity::kWarning,
                                 {path, 0, 0},
                                 std::string(status.message()),
                                 ""});
  }
}

void HostProbe::ReadHierarchies(WithDiagnostics<HostFacts>& facts) {
  for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
    const char* variable = HierarchiesVariable(image_class);
    const std::string service =
        absl::StrCat("systemd-", ToWord(image_class), ".service");
    const auto value = ServiceVariable(*places_, service, variable);
    if (!value.has_value()) continue;
    auto hierarchies = ParseHierarchies(*value);
    if (hierarchies.ok()) {
      facts.value.hierarchies.Of(image_class) = *std::move(hierarchies);
      continue;
    }
    facts.diagnostics.push_back(
        {DiagnosticCode::kFileUnreadable,
         Severity::kWarning,
         {service, 0, 0},
         absl::StrCat("systemd will merge nothing: ", variable, ": ",
                      hierarchies.status().message()),
         "mend it in the unit's drop-ins, or set `merge.hierarchies`"});
  }
}

WithDiagnostics<HostFacts> HostProbe::Facts() {
  WithDiagnostics<HostFacts> facts;
  ReadOsRelease(facts);
  utsname names;
  if (uname(&names) == 0) {
    facts.value.architecture = ArchitectureOf(names.machine);
  }
  if (auto version = SystemdVersion(places_->root()); version.ok()) {
    facts.value.systemd_version = *version;
  } else {
    facts.diagnostics.push_back(
        {DiagnosticCode::kSystemdUnknown,
         Severity::kWarning,
         {},
         absl::StrCat("the version of systemd is unknown: ",
                      version.status().message()),
         ""});
  }
  facts.value.entry = BootedEntry(*places_, CommandLine(), *variables_);
  if (facts.value.entry.empty()) {
    facts.diagnostics.push_back(
        {DiagnosticCode::kEntryUnknown,
         Severity::kNote,
         {},
         "the booted entry is unknown: only images for all entries are taken",
         ""});
  }
  facts.value.initrd = places_->root().Exists("/etc/initrd-release");
  const std::string required =
      Line("/sys/module/dm_verity/parameters/require_signatures");
  facts.value.verity_requires_kernel_key = required == "Y" || required == "1";
  ReadHierarchies(facts);
  const UtcTime clock = UtcTime::FromSeconds(absl::ToUnixSeconds(absl::Now()));
  facts.value.date = DateOf(clock, std::nullopt).date;
  return facts;
}

std::string HostProbe::CommandLine() { return Line("/proc/cmdline"); }

Authority HostProbe::CommandLineAuthority() {
  // systemd-stub leaves StubInfo, and under Secure Boot takes the command line
  // from the UKI that the firmware vouched for: systemd-stub(7).
  if (variables_->SecureBootEnforced() &&
      variables_->LoaderVariable("StubInfo").ok()) {
    return Authority::kCmdline;
  }
  return Authority::kLocal;
}

std::string HostProbe::HostName() { return Line("/proc/sys/kernel/hostname"); }

std::string HostProbe::BootId() {
  return Line("/proc/sys/kernel/random/boot_id");
}

std::string HostProbe::Now() {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(),
                          absl::UTCTimeZone());
}

absl::StatusOr<FileType> HostProbe::TypeOf(absl::string_view path) {
  if (!places_->below_merged_error().ok()) {
    return places_->below_merged_error();
  }
  auto fd = places_->below_merged().OpenAt(absl::StrCat("/", path),
                                           O_PATH | O_NOFOLLOW);
  if (!fd.ok()) return fd.status();
  struct stat info;
  if (fstat(fd->get(), &info) != 0) {
    return ErrnoStatus(errno, "cannot look at", path);
  }
  return FileTypeOfMode(info.st_mode);
}

}  // namespace extgate
