// Way in: IsOfKind.
#include "policy/content.h"

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "policy/hierarchies.h"

namespace extgate {
namespace {

constexpr uint16_t kSetuidOrSetgid = 06000;
constexpr char kCapability[] = "security.capability";
constexpr char kOverlay[] = ".overlay.";  // of trusted. and of user.

bool IsWhiteoutDevice(const TreeFile& file) {
  return file.type == FileType::kCharDevice && file.device_major == 0 &&
         file.device_minor == 0;
}

bool IsDevice(const TreeFile& file) {
  return (file.type == FileType::kCharDevice ||
          file.type == FileType::kBlockDevice) &&
         !IsWhiteoutDevice(file);
}

bool HidesOrMoves(const TreeFile& file) {
  return IsWhiteoutDevice(file) ||
         absl::c_any_of(file.attributes, [](const std::string& name) {
           return absl::StrContains(name, kOverlay);
         });
}

}  // namespace

bool IsOfKind(const TreeFile& file, ContentKind kind,
              const std::vector<std::string>& hierarchies) {
  const bool directory = file.type == FileType::kDirectory;
  switch (kind) {
    case ContentKind::kSetuid:
      return !directory && (file.permissions & kSetuidOrSetgid) != 0;
    case ContentKind::kCapabilities:
      return absl::c_linear_search(file.attributes, kCapability);
    case ContentKind::kDevices:
      return IsDevice(file);
    case ContentKind::kWhiteouts:
      return HidesOrMoves(file);
    case ContentKind::kOutside:
      return !directory && !IsMerged(file.path, hierarchies);
    case ContentKind::kTypeConflict:
    case ContentKind::kShadow:
      return false;
  }
  return false;
}

}  // namespace extgate
