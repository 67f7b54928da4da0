// Ways in: ParseMountLine, Mounts, OverlayMounts.
#include "adapters/mount_table.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "adapters/io_status.h"
#include "adapters/unique_fd.h"

namespace extgate {
namespace {

constexpr char kMountInfo[] = "/proc/thread-self/mountinfo";
constexpr uint64_t kMaxMountInfo = uint64_t{16} * 1024 * 1024;  // bytes

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

// The kernel writes a space, a tab, a newline and a backslash as `\040`.
std::string Unescape(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && IsOctal(text[i + 1]) &&
        IsOctal(text[i + 2]) && IsOctal(text[i + 3])) {
      out.push_back(static_cast<char>((text[i + 1] - '0') * 64 +
                                      (text[i + 2] - '0') * 8 +
                                      (text[i + 3] - '0')));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// The path of an open directory in the calling thread's namespace; "" where
// that cannot be told, "/" for its root.
std::string PathOf(const UniqueFd& directory) {
  char path[PATH_MAX];
  const ssize_t size =
      readlink(absl::StrCat("/proc/thread-self/fd/", directory.get()).c_str(),
               path, sizeof(path));
  if (size <= 0 || static_cast<size_t>(size) == sizeof(path)) return "";
  return std::string(path, static_cast<size_t>(size));
}

absl::StatusOr<std::string> MountInfo() {
  const UniqueFd list(open(kMountInfo, O_RDONLY | O_CLOEXEC));
  if (!list.valid()) return ErrnoStatus(errno, "cannot read", kMountInfo);
  return ReadAll(list.get(), kMaxMountInfo, kMountInfo);
}

}  // namespace

std::optional<MountLine> ParseMountLine(absl::string_view line) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ');
  constexpr size_t kDevice = 2;
  constexpr size_t kMountPoint = 4;
  constexpr size_t kOptions = 5;
  constexpr size_t kOptional = 6;  // any number of fields, and then a hyphen
  if (fields.size() <= kOptional) return std::nullopt;
  const auto hyphen = std::find(fields.begin() + kOptional, fields.end(), "-");
  if (hyphen == fields.end() || hyphen + 1 == fields.end()) return std::nullopt;
  MountLine mount;
  if (!absl::SimpleAtoi(fields[0], &mount.id)) return std::nullopt;
  mount.device = std::string(fields[kDevice]);
  mount.mount_point = Unescape(fields[kMountPoint]);
  mount.type = Unescape(hyphen[1]);
  mount.options = std::string(fields[kOptions]);
  if (hyphen + 3 < fields.end()) mount.super_options = std::string(hyphen[3]);
  if (!absl::StartsWith(mount.mount_point, "/")) return std::nullopt;
  return mount;
}

bool HasOption(absl::string_view options, absl::string_view option) {
  for (absl::string_view one : absl::StrSplit(options, ',')) {
    if (one == option) return true;
  }
  return false;
}

std::vector<MountLine> Mounts() {
  std::vector<MountLine> mounts;
  const auto text = MountInfo();
  if (!text.ok()) return mounts;
  for (absl::string_view line :
       absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    std::optional<MountLine> mount = ParseMountLine(line);
    if (mount.has_value()) mounts.push_back(*std::move(mount));
  }
  return mounts;
}

std::vector<std::string> OverlayMounts(const RootDir& root) {
  std::vector<std::string> found;
  auto top = root.OpenAt("/", O_PATH | O_DIRECTORY);
  if (!top.ok()) return found;
  std::string prefix = PathOf(*top);
  if (prefix == "/") prefix.clear();
  const auto text = MountInfo();
  if (!text.ok()) return found;
  for (absl::string_view line :
       absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    // Most are of another type.
    if (!absl::StrContains(line, " overlay ")) continue;
    std::optional<MountLine> mount = ParseMountLine(line);
    if (!mount.has_value() || mount->type != "overlay") continue;
    absl::string_view path = mount->mount_point;
    if (absl::ConsumePrefix(&path, prefix) && absl::StartsWith(path, "/") &&
        path != "/") {
      found.emplace_back(path);
    }
  }
  return found;
}

}  // namespace extgate
