// Way in: FindExtensionRelease(): the file of the right name first, then the
// fallback.
#include "engine/image/extension_release.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/image/release_file.h"
#include "policy/false_word.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxReleaseBytes = 64 << 10;
constexpr char kPrefix[] = "extension-release.";
constexpr char kStrictXattr[] = "user.extension-release.strict";
constexpr size_t kMaxNameBytes = 255;

using Found = Evidence<ExtensionRelease>;

absl::string_view DirectoryOf(ImageClass image_class) {
  switch (image_class) {
    case ImageClass::kSysext:
      return "usr/lib/extension-release.d";
    case ImageClass::kConfext:
      return "etc/extension-release.d";
  }
  return "";
}

// What an error about `path` is evidence of; an I/O error stays one.
absl::StatusOr<Found> EvidenceOf(const absl::Status& status,
                                 const std::string& path) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return Found(Absent());
    case absl::StatusCode::kUnimplemented:
      return Found(Unsupported{std::string(status.message())});
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kInvalidArgument:
      return Found(
          Malformed{PrintableText(path), std::string(status.message())});
    default:
      return status;
  }
}

absl::StatusOr<Found> ReadRelease(Filesystem& filesystem,
                                  const std::string& path,
                                  ExtensionRelease release) {
  absl::StatusOr<std::string> text =
      filesystem.ReadFile(path, kMaxReleaseBytes);
  if (!text.ok()) return EvidenceOf(text.status(), path);
  absl::StatusOr<std::map<std::string, std::string>> fields =
      ParseReleaseFile(*text);
  if (!fields.ok()) return EvidenceOf(fields.status(), path);
  release.fields = *std::move(fields);
  return Found(std::move(release));
}

// `name` as systemd shortens it to compare: an image suffix off, then what
// follows the first `_` or `+`.
std::string BaseName(absl::string_view name) {
  if (!absl::ConsumeSuffix(&name, ".sysext.raw") &&
      !absl::ConsumeSuffix(&name, ".confext.raw")) {
    absl::ConsumeSuffix(&name, ".raw");
  }
  return std::string(name.substr(0, name.find_first_of("_+")));
}

// A release file of another name that systemd would take.
struct Acceptable {
  std::string suffix;
  bool lax = false;
};

absl::StatusOr<bool> IsLax(Filesystem& filesystem, const std::string& path) {
  absl::StatusOr<std::optional<std::string>> strict =
      filesystem.Xattr(path, kStrictXattr);
  if (!strict.ok()) return strict.status();
  if (!strict->has_value()) return false;
  const absl::string_view word = **strict;
  return IsFalseWord(word.substr(0, word.find('\0')));
}

// The single acceptable file; nullopt when there is none. FailedPrecondition
// when there are several.
absl::StatusOr<std::optional<Acceptable>> FindAcceptable(
    Filesystem& filesystem, const std::string& directory,
    absl::string_view base) {
  absl::StatusOr<std::vector<DirectoryEntry>> entries =
      filesystem.List(directory);
  if (!entries.ok()) return entries.status();
  std::optional<Acceptable> accepted;
  for (const DirectoryEntry& entry : *entries) {
    absl::string_view suffix = entry.name;
    if (entry.type != FileType::kRegular ||
        !absl::ConsumePrefix(&suffix, kPrefix) || !IsImageName(suffix)) {
      continue;
    }
    absl::StatusOr<bool> lax =
        IsLax(filesystem, absl::StrCat(directory, "/", entry.name));
    if (!lax.ok()) return lax.status();
    if (suffix != base && !*lax) continue;
    if (accepted.has_value()) {
      return absl::FailedPreconditionError(
          absl::StrCat("both `", kPrefix, accepted->suffix, "` and `",
                       entry.name, "` would do, which systemd refuses"));
    }
    accepted = Acceptable{std::string(suffix), *lax};
  }
  return accepted;
}

}  // namespace

bool IsImageName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || name == "." ||
      name == ".." || absl::StartsWith(name, ".#") ||
      absl::StrContains(name, '/')) {
    return false;
  }
  while (!name.empty()) {
    const int length = Utf8Length(name);
    const auto first = static_cast<unsigned char>(name.front());
    if (length == 0 || first < 0x20 || first == 0x7f) return false;
    name.remove_prefix(static_cast<size_t>(length));
  }
  return true;
}

absl::StatusOr<Evidence<ExtensionRelease>> FindExtensionRelease(
    Filesystem& filesystem, ImageClass image_class, absl::string_view name) {
  if (!IsImageName(name)) return Found(Absent());
  const std::string directory(DirectoryOf(image_class));
  const std::string path = absl::StrCat(directory, "/", kPrefix, name);
  absl::StatusOr<Found> exact =
      ReadRelease(filesystem, path, {std::string(name), false, {}, false});
  if (!exact.ok() || !exact->absent()) return exact;

  const std::string base = BaseName(name);
  if (!IsImageName(base)) return Found(Absent());
  absl::StatusOr<std::optional<Acceptable>> other =
      FindAcceptable(filesystem, directory, base);
  if (!other.ok()) return EvidenceOf(other.status(), directory);
  if (!other->has_value()) return Found(Absent());
  const std::string& suffix = (*other)->suffix;
  return ReadRelease(filesystem, absl::StrCat(directory, "/", kPrefix, suffix),
                     {suffix, true, {}, (*other)->lax});
}

}  // namespace extgate
