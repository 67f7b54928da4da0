// Ways in: ParseVerityTable, VerityDevices.
#include "adapters/verity_devices.h"

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/io_status.h"
#include "adapters/root_dir.h"
#include "adapters/unique_fd.h"

namespace extgate {
namespace {

constexpr char kControl[] = "/dev/mapper/control";
constexpr uint64_t kSmallFile = uint64_t{64} * 1024;  // bytes
constexpr size_t kMostTable = size_t{64} * 1024;      // bytes, of one device

// One device's answer: the ioctl's own head, and the targets behind it.
class TableAnswer {
 public:
  explicit TableAnswer(uint64_t device) : bytes_(kMostTable, 0) {
    dm_ioctl head = {};
    head.version[0] = DM_VERSION_MAJOR;
    head.data_size = static_cast<uint32_t>(bytes_.size());
    head.data_start = sizeof(dm_ioctl);
    head.flags = DM_STATUS_TABLE_FLAG;
    head.dev = device;
    std::memcpy(bytes_.data(), &head, sizeof(head));
  }

  char* data() { return bytes_.data(); }

  // The parameters of the only target, when that is of dm-verity.
  std::optional<std::string> VerityParameters() const {
    dm_ioctl head;
    std::memcpy(&head, bytes_.data(), sizeof(head));
    dm_target_spec target;
    if (head.target_count != 1 || (head.flags & DM_BUFFER_FULL_FLAG) != 0 ||
        head.data_start > bytes_.size() ||
        bytes_.size() - head.data_start < sizeof(target)) {
      return std::nullopt;
    }
    std::memcpy(&target, bytes_.data() + head.data_start, sizeof(target));
    const absl::string_view type(target.target_type,
                                 strnlen(target.target_type, DM_MAX_TYPE_NAME));
    if (type != "verity") return std::nullopt;
    const size_t start = head.data_start + sizeof(target);
    return bytes_.substr(start, bytes_.find('\0', start) - start);
  }

 private:
  std::string bytes_;
};

// As a device number of the kernel's ioctls.
std::optional<uint64_t> NumberOf(absl::string_view text) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(absl::StripAsciiWhitespace(text), ':');
  uint32_t major_number = 0;
  uint32_t minor_number = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &major_number) ||
      !absl::SimpleAtoi(parts[1], &minor_number)) {
    return std::nullopt;
  }
  return makedev(major_number, minor_number);
}

// The file of the loop device that is `device` or that it is a partition of.
std::string FileBehind(const RootDir& host, const std::string& device) {
  for (const char* loop : {"/loop", "/../loop"}) {
    auto file = host.ReadSmallFile(
        absl::StrCat("/sys/dev/block/", device, loop, "/backing_file"),
        kSmallFile);
    if (file.ok())
      return std::string(absl::StripTrailingAsciiWhitespace(*file));
  }
  return "";
}

}  // namespace

std::optional<VerityTable> ParseVerityTable(absl::string_view parameters) {
  // VERSION DATA HASH DATA_BLOCK HASH_BLOCK BLOCKS HASH_START ALGORITHM DIGEST
  const std::vector<absl::string_view> words =
      absl::StrSplit(parameters, ' ', absl::SkipEmpty());
  constexpr size_t kData = 1;
  constexpr size_t kDigest = 8;
  if (words.size() <= kDigest + 1) return std::nullopt;
  VerityTable table = {std::string(words[kData]),
                       absl::AsciiStrToLower(words[kDigest])};
  const bool hex =
      std::all_of(table.root_hash.begin(), table.root_hash.end(), [](char c) {
        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
      });
  if (!hex || !NumberOf(table.data_device).has_value()) return std::nullopt;
  return table;
}

absl::StatusOr<std::vector<VerityDevice>> VerityDevices() {
  std::vector<VerityDevice> found;
  auto host = RootDir::Open("/");
  if (!host.ok()) return host.status();
  const UniqueFd control(open(kControl, O_RDWR | O_CLOEXEC));
  if (!control.valid() && errno == ENOENT) return found;
  if (!control.valid()) return ErrnoStatus(errno, "cannot open", kControl);
  auto devices = host->ListDirectory("/sys/block");
  if (!devices.ok()) return devices.status();
  for (const DirectoryEntry& entry : *devices) {
    if (!absl::StartsWith(entry.name, "dm-")) continue;
    auto text = host->ReadSmallFile(
        absl::StrCat("/sys/block/", entry.name, "/dev"), kSmallFile);
    if (absl::IsNotFound(text.status())) continue;  // gone meanwhile
    if (!text.ok()) return text.status();
    const auto number = NumberOf(*text);
    if (!number.has_value()) continue;
    TableAnswer answer(*number);
    if (ioctl(control.get(), DM_TABLE_STATUS, answer.data()) != 0) {
      if (errno == ENXIO) continue;
      return ErrnoStatus(errno, "cannot ask for the table of", entry.name);
    }
    const auto parameters = answer.VerityParameters();
    if (!parameters.has_value()) continue;
    const auto table = ParseVerityTable(*parameters);
    if (!table.has_value()) continue;
    found.push_back({table->root_hash, FileBehind(*host, table->data_device)});
  }
  return found;
}

}  // namespace extgate
