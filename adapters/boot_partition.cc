// Way in: FindBootPartitions.
#include "adapters/boot_partition.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "adapters/case_blind.h"
#include "adapters/io_status.h"
#include "adapters/mount_table.h"

namespace extgate {
namespace {

// Types of partitions. Source: Discoverable Partitions Specification.
constexpr char kEspType[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
constexpr char kXbootldrType[] = "bc13c2ff-59e6-4262-a352-b275fd6f7172";
constexpr uint64_t kMaxUdevRecord = uint64_t{1024} * 1024;  // bytes
// Where they are mounted. Source: bootctl(1). /boot comes last: it can have an
// "efi" for being the parent of one.
constexpr const char* kUsual[] = {"/efi", "/boot/efi", "/boot"};

bool HasLoader(const RootDir& tree) {
  for (const char* directory : {"/loader", "/EFI"}) {
    const auto spelled = SpelledPath(tree, directory);
    if (!spelled.ok()) continue;
    const auto type = tree.TypeOf(*spelled);
    if (type.ok() && *type == FileType::kDirectory) return true;
  }
  return false;
}

absl::StatusOr<OpenPartition> OpenAt(const RootDir& root,
                                     const std::string& path) {
  auto directory = root.OpenAt(path, O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) return directory.status();
  return OpenPartition{path, RootDir(*std::move(directory))};
}

absl::StatusOr<OpenPartition> OpenNamed(absl::string_view path) {
  if (!absl::StartsWith(path, "/")) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuotePath(path), " is not an absolute path"));
  }
  auto host = RootDir::Open("/");
  if (!host.ok()) return host.status();
  return OpenAt(*host, std::string(path));
}

// The value of `key` in `text`, lines of KEY=VALUE; in lower case.
std::string ValueOf(const absl::StatusOr<std::string>& text,
                    absl::string_view key) {
  if (!text.ok()) return "";
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    if (absl::ConsumePrefix(&line, key) && absl::ConsumePrefix(&line, "=")) {
      return absl::AsciiStrToLower(line);
    }
  }
  return "";
}

// What udev keeps of the device, else what the kernel says (of a partition's
// UUID alone, and not each kernel).
MountedPartition Describe(const Places& places, const MountLine& mount) {
  MountedPartition partition;
  partition.mount_point = mount.mount_point;
  partition.device = mount.device;
  const HostPath record =
      places.run() / absl::StrCat("udev/data/b", mount.device);
  const auto known = record.root->ReadSmallFile(record.path, kMaxUdevRecord);
  partition.uuid = ValueOf(known, "E:ID_PART_ENTRY_UUID");
  partition.type_uuid = ValueOf(known, "E:ID_PART_ENTRY_TYPE");
  if (partition.uuid.empty()) {
    partition.uuid =
        ValueOf(places.root().ReadSmallFile(
                    absl::StrCat("/sys/dev/block/", mount.device, "/uevent"),
                    kMaxUdevRecord),
                "PARTUUID");
  }
  const auto opened = OpenAt(places.root(), mount.mount_point);
  partition.has_loader = opened.ok() && HasLoader(opened->tree);
  return partition;
}

// The usual mount points first, each with what is mounted there on top, then
// every other FAT.
std::vector<MountedPartition> MountedPartitions(const Places& places) {
  std::vector<MountedPartition> found;
  std::vector<MountLine> mounts = Mounts();
  std::reverse(mounts.begin(), mounts.end());  // what hides comes first
  const auto take = [&](const MountLine& mount) {
    const auto same = [&](const MountedPartition& known) {
      return known.mount_point == mount.mount_point;
    };
    if (std::none_of(found.begin(), found.end(), same)) {
      found.push_back(Describe(places, mount));
    }
  };
  for (const char* usual : kUsual) {
    for (const MountLine& mount : mounts) {
      if (mount.mount_point == usual && mount.type != "autofs") take(mount);
    }
  }
  for (const MountLine& mount : mounts) {
    if (mount.type == "vfat" || mount.type == "msdos") take(mount);
  }
  return found;
}

absl::StatusOr<BootPartitions> FindMounted(const Places& places,
                                           absl::string_view booted_uuid) {
  // An open of the directory itself makes autofs mount what belongs there.
  for (const char* usual : kUsual) {
    places.root().OpenAt(usual, O_RDONLY | O_DIRECTORY).IgnoreError();
  }
  const auto chosen =
      ChooseBootPartitions(MountedPartitions(places), booted_uuid);
  if (!chosen.ok()) return chosen.status();
  auto esp = OpenAt(places.root(), chosen->esp);
  if (!esp.ok()) return esp.status();
  BootPartitions partitions{*std::move(esp), std::nullopt};
  if (!chosen->xbootldr.empty()) {
    auto xbootldr = OpenAt(places.root(), chosen->xbootldr);
    if (!xbootldr.ok()) return xbootldr.status();
    partitions.xbootldr = *std::move(xbootldr);
  }
  return partitions;
}

absl::StatusOr<OpenPartition> FindInTree(const Places& places) {
  for (const char* usual : kUsual) {
    auto opened = OpenAt(places.root(), usual);
    if (opened.ok() && HasLoader(opened->tree)) return opened;
    if (!opened.ok() && !absl::IsNotFound(opened.status())) {
      return opened.status();
    }
  }
  return absl::NotFoundError(
      "none of /efi, /boot/efi and /boot has /loader or /EFI");
}

}  // namespace

bool IsThisMachine(const Places& places) {
  struct stat ours;
  struct stat host;
  const auto root = places.root().OpenAt("/", O_PATH);
  return root.ok() && fstat(root->get(), &ours) == 0 && stat("/", &host) == 0 &&
         ours.st_dev == host.st_dev && ours.st_ino == host.st_ino;
}

absl::StatusOr<ChosenPartitions> ChooseBootPartitions(
    const std::vector<MountedPartition>& mounted,
    absl::string_view booted_uuid) {
  const std::string booted = absl::AsciiStrToLower(booted_uuid);
  const auto first = [&](auto is) {
    return std::find_if(mounted.begin(), mounted.end(), is);
  };
  const auto esp_of = [&] {
    if (!booted.empty()) {
      const auto same =
          first([&](const MountedPartition& m) { return m.uuid == booted; });
      if (same != mounted.end()) return same;
    }
    // What is known to be another partition than the booted one is not meant.
    const auto may_be = [&](const MountedPartition& m) {
      return booted.empty() || m.uuid.empty();
    };
    const auto typed = first([&](const MountedPartition& m) {
      return may_be(m) && m.type_uuid == kEspType;
    });
    if (typed != mounted.end()) return typed;
    return first([&](const MountedPartition& m) {
      return may_be(m) && m.type_uuid.empty() && m.has_loader;
    });
  };
  const auto esp = esp_of();
  if (esp == mounted.end()) {
    return absl::NotFoundError(
        booted.empty()
            ? std::string("no EFI system partition is mounted")
            : absl::StrCat("the partition that the boot loader was started "
                           "from (PARTUUID ",
                           booted, ") is not mounted"));
  }
  ChosenPartitions chosen{esp->mount_point, ""};
  const auto boot = first([&](const MountedPartition& m) {
    return m.type_uuid == kXbootldrType && m.device != esp->device;
  });
  if (boot != mounted.end()) chosen.xbootldr = boot->mount_point;
  return chosen;
}

absl::StatusOr<BootPartitions> FindBootPartitions(
    const Places& places, absl::string_view booted_uuid,
    const BootDirectories& named) {
  absl::StatusOr<BootPartitions> found = absl::UnknownError("");
  if (named.esp.empty() && IsThisMachine(places)) {
    found = FindMounted(places, booted_uuid);
    if (!found.ok()) return found.status();
  } else {
    auto esp = named.esp.empty() ? FindInTree(places) : OpenNamed(named.esp);
    if (!esp.ok()) return esp.status();
    found = BootPartitions{*std::move(esp), std::nullopt};
  }
  if (!named.boot.empty()) {
    auto boot = OpenNamed(named.boot);
    if (!boot.ok()) return boot.status();
    found->xbootldr = *std::move(boot);
  }
  return found;
}

}  // namespace extgate
