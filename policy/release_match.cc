// The way in is MatchRelease, which asks the three questions in turn: the
// system's identity and version, its architecture, the scope.
#include "policy/release_match.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace extgate {
namespace {

using Fields = std::map<std::string, std::string>;

// First version that accepts an ID out of the host's ID_LIKE.
constexpr int kIdLikeSince = 258;

// The field, part of `fields`; empty when it is not there.
absl::string_view Field(const Fields& fields, absl::string_view key) {
  const auto found = fields.find(std::string(key));
  return found == fields.end() ? absl::string_view() : found->second;
}

constexpr absl::string_view kBlanks = " \t\r\n";

bool IsBlank(char c) { return kBlanks.find(c) != absl::string_view::npos; }

// Whether `word` stands in `list` between blanks.
bool HasWord(absl::string_view list, absl::string_view word) {
  if (word.empty()) return false;
  for (size_t at = list.find(word); at != absl::string_view::npos;
       at = list.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || IsBlank(list[at - 1])) &&
        (end == list.size() || IsBlank(list[end]))) {
      return true;
    }
  }
  return false;
}

const char* Prefix(ImageClass image_class) {
  switch (image_class) {
    case ImageClass::kSysext:
      return "SYSEXT_";
    case ImageClass::kConfext:
      return "CONFEXT_";
  }
  return "";
}

// "image has VERSION_ID `12`, host `13`"
std::string BothSides(absl::string_view key, absl::string_view image,
                      absl::string_view host) {
  return absl::StrCat("the image has ", key, " `", image, "`, the host `", host,
                      "`");
}

bool IdFits(absl::string_view id, const HostFacts& host) {
  if (id == Field(host.os_release, "ID")) return true;
  return host.systemd_version >= kIdLikeSince &&
         HasWord(Field(host.os_release, "ID_LIKE"), id);
}

// Of ID, then the level, then VERSION_ID; nullopt: fits.
std::optional<std::string> IdentityMismatch(const Fields& fields,
                                            ImageClass image_class,
                                            const HostFacts& host) {
  if (fields.empty()) return "the image's extension-release is empty";
  const absl::string_view id = Field(fields, "ID");
  if (id.empty()) return "the image's extension-release has no ID";
  if (id == "_any") return std::nullopt;
  if (!IdFits(id, host)) {
    return BothSides("ID", id, Field(host.os_release, "ID"));
  }
  const std::string level_key = absl::StrCat(Prefix(image_class), "LEVEL");
  const absl::string_view host_level = Field(host.os_release, level_key);
  const absl::string_view host_version = Field(host.os_release, "VERSION_ID");
  const absl::string_view level = Field(fields, level_key);
  if (!host_level.empty() && !level.empty()) {
    if (level == host_level) return std::nullopt;
    return BothSides(level_key, level, host_level);
  }
  // A rolling release has no version to compare with.
  if (host_version.empty()) return std::nullopt;
  const absl::string_view version = Field(fields, "VERSION_ID");
  if (version == host_version) return std::nullopt;
  return BothSides("VERSION_ID", version, host_version);
}

std::optional<std::string> ArchitectureMismatch(const Fields& fields,
                                                const HostFacts& host) {
  const absl::string_view wanted = Field(fields, "ARCHITECTURE");
  if (wanted.empty() || wanted == "_any") return std::nullopt;
  const absl::string_view found =
      host.architecture.has_value() ? ToWord(*host.architecture) : "";
  if (wanted == found) return std::nullopt;
  return BothSides("ARCHITECTURE", wanted, found);
}

std::optional<std::string> ScopeMismatch(const Fields& fields,
                                         ImageClass image_class,
                                         const HostFacts& host) {
  const std::string key = absl::StrCat(Prefix(image_class), "SCOPE");
  const auto written = fields.find(key);
  const absl::string_view scope = written == fields.end()
                                      ? absl::string_view("system portable")
                                      : written->second;
  const char* wanted = host.initrd ? "initrd" : "system";
  if (HasWord(scope, wanted)) return std::nullopt;
  return absl::StrCat("the image has ", key, " `", scope,
                      written == fields.end() ? "` by default" : "`",
                      ", the host needs `", wanted, "`");
}

}  // namespace

std::vector<Reason> MatchRelease(const ExtensionRelease& release,
                                 ImageClass image_class,
                                 const HostFacts& host) {
  std::vector<Reason> reasons;
  if (auto detail = IdentityMismatch(release.fields, image_class, host)) {
    reasons.push_back({ReasonCode::kReleaseMismatch, *detail});
  }
  if (auto detail = ArchitectureMismatch(release.fields, host)) {
    reasons.push_back({ReasonCode::kWrongArchitecture, *detail});
  }
  if (auto detail = ScopeMismatch(release.fields, image_class, host)) {
    reasons.push_back({ReasonCode::kWrongScope, *detail});
  }
  return reasons;
}

}  // namespace extgate
