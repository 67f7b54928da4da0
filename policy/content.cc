// Ways in: IsOfKind, IsMerged.
#include "policy/content.h"

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace extgate {
namespace {

constexpr uint16_t kSetuidOrSetgid = 06000;
constexpr char kCapability[] = "security.capability";
constexpr char kOverlay[] = ".overlay.";  // of trusted. and of user.

bool IsBelow(absl::string_view path, absl::string_view hierarchy) {
  return absl::ConsumePrefix(&path, hierarchy) &&
         (path.empty() || path.front() == '/');
}

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

bool IsMerged(absl::string_view path, ImageClass image_class) {
  switch (image_class) {
    case ImageClass::kSysext:
      return IsBelow(path, "usr") || IsBelow(path, "opt");
    case ImageClass::kConfext:
      return IsBelow(path, "etc");
  }
  return false;
}

bool IsOfKind(const TreeFile& file, ContentKind kind, ImageClass image_class) {
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
      return !directory && !IsMerged(file.path, image_class);
    case ContentKind::kTypeConflict:
    case ContentKind::kShadow:
      return false;
  }
  return false;
}

}  // namespace extgate
