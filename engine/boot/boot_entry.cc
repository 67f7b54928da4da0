// Ways in: EntryOfDescription and EntryOfUki.
#include "engine/boot/boot_entry.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/image/release_file.h"

namespace extgate {
namespace {

constexpr int kMaxProfile = 65534;

// "\EFI\kairos\active.efi" and "EFI/kairos/active.efi" are the same file.
std::string PathOfValue(absl::string_view value) {
  std::string path(value);
  std::replace(path.begin(), path.end(), '\\', '/');
  return absl::StartsWith(path, "/") ? path : absl::StrCat("/", path);
}

absl::string_view Unquoted(absl::string_view value) {
  if (value.size() > 1 && (value.front() == '"' || value.front() == '\'') &&
      value.back() == value.front()) {
    return value.substr(1, value.size() - 2);
  }
  return value;
}

// "key value" without blanks around either; nullopt: neither, or a comment.
std::optional<std::pair<absl::string_view, absl::string_view>> FieldOf(
    absl::string_view line) {
  line = absl::StripAsciiWhitespace(line);
  if (line.empty() || line.front() == '#') return std::nullopt;
  const size_t end = line.find_first_of(" \t");
  if (end == absl::string_view::npos) return std::nullopt;
  return std::pair(
      line.substr(0, end),
      Unquoted(absl::StripLeadingAsciiWhitespace(line.substr(end))));
}

// What systemd takes of os-release, the first that is there.
std::string FirstOf(const std::map<std::string, std::string>& fields,
                    std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto found = fields.find(key);
    if (found != fields.end() && !found->second.empty()) return found->second;
  }
  return "";
}

absl::Status NoEntry(absl::string_view file_name, absl::string_view why) {
  return absl::NotFoundError(
      absl::StrCat("`", file_name, "` is no boot entry: ", why));
}

}  // namespace

std::string BootEntry::Id() const {
  return absl::AsciiStrToLower(name.WithoutTries());
}

absl::StatusOr<BootEntry> EntryOfDescription(absl::string_view directory,
                                             absl::string_view file_name,
                                             absl::string_view text,
                                             absl::string_view architecture) {
  auto name = EntryName::Parse(file_name);
  if (!name.has_value() || name->kind() != BootFileKind::kConf ||
      absl::StartsWithIgnoreCase(file_name, "auto-")) {
    return NoEntry(file_name, "a description ends in .conf");
  }
  BootEntry entry{
      std::string(directory), *std::move(name), {}, {}, {}, {}, {}, {}};
  std::string starter;
  for (absl::string_view line : absl::StrSplit(text, absl::ByAnyChar("\r\n"))) {
    const auto field = FieldOf(line);
    if (!field.has_value()) continue;
    const auto& [key, value] = *field;
    if (key == "title") {
      entry.title = std::string(value);
    } else if (key == "sort-key") {
      entry.sort_key = std::string(value);
    } else if (key == "machine-id") {
      entry.machine_id = std::string(value);
    } else if (key == "version") {
      entry.version = std::string(value);
    } else if (key == "linux" || key == "uki" || key == "efi") {
      if (!starter.empty() && starter != key) {
        return NoEntry(file_name, absl::StrCat("it names both `", starter,
                                               "` and `", key, "`"));
      }
      starter = std::string(key);
      entry.program = PathOfValue(value);
    } else if (key == "options") {
      absl::StrAppend(&entry.options, entry.options.empty() ? "" : " ", value);
    } else if (key == "profile") {
      int profile = 0;
      if (absl::SimpleAtoi(value, &profile) && profile >= 0 &&
          profile <= kMaxProfile) {
        entry.profile = profile;
      }
    } else if (key == "extra") {
      entry.extras.push_back(PathOfValue(value));
    } else if (key == "architecture" &&
               !absl::EqualsIgnoreCase(value, architecture)) {
      return NoEntry(file_name, absl::StrCat("it is for `", value, "`"));
    }
  }
  if (starter.empty()) return NoEntry(file_name, "it names nothing to start");
  if (starter != "uki") entry.extras.clear();
  return entry;
}

absl::StatusOr<BootEntry> EntryOfUki(absl::string_view directory,
                                     absl::string_view file_name,
                                     absl::string_view os_release) {
  auto name = EntryName::Parse(file_name);
  if (!name.has_value() || name->kind() != BootFileKind::kUki) {
    return NoEntry(file_name, "a unified kernel image ends in .efi");
  }
  const auto fields = ParseReleaseFile(os_release);
  if (!fields.ok()) return fields.status();
  BootEntry entry{
      std::string(directory), *std::move(name), {}, {}, {}, {}, {}, {}};
  entry.title = FirstOf(*fields, {"PRETTY_NAME", "IMAGE_ID", "NAME", "ID"});
  entry.version =
      FirstOf(*fields, {"IMAGE_VERSION", "VERSION", "VERSION_ID", "BUILD_ID"});
  entry.sort_key = FirstOf(*fields, {"IMAGE_ID", "ID"});
  if (entry.title.empty())
    return NoEntry(file_name, "its os-release is no name");
  entry.program = entry.path();
  return entry;
}

}  // namespace extgate
