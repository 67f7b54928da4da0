// Ways in: ServiceSettings, UnitWords, ServiceFiles, IsEnabled,
// ServiceVariable, HasOwnDropIn, LaterDropIns.
#include "adapters/unit_file.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxUnitFile = uint64_t{1024} * 1024;  // bytes

// Where units and drop-ins lie, the strongest first.
constexpr const char* kUnitDirectories[] = {
    "/etc/systemd/system", "/run/systemd/system",
    "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"};

constexpr char kOwnDirectory[] = "/run/systemd/system";
constexpr char kOwnFile[] = "zzz-extgate.conf";

// The directories of drop-ins for `service`, the most particular first: of the
// unit, of each beginning of its name that ends in `-`, of all services.
std::vector<std::string> DropInNames(absl::string_view service) {
  std::vector<std::string> names = {absl::StrCat(service, ".d")};
  absl::string_view stem = service;
  absl::ConsumeSuffix(&stem, ".service");
  for (size_t at = stem.rfind('-'); at != absl::string_view::npos && at > 0;
       at = stem.rfind('-', at - 1)) {
    names.push_back(absl::StrCat(stem.substr(0, at + 1), ".service.d"));
  }
  names.push_back("service.d");
  return names;
}

// "" for one that is masked or cannot be read.
std::string TextOf(const Places& places, const std::string& path) {
  auto text = places.below_merged().ReadSmallFile(path, kMaxUnitFile);
  return text.ok() ? *std::move(text) : "";
}

// The drop-ins of `service` that count: path by file name.
std::map<std::string, std::string> DropInsOf(const Places& places,
                                             absl::string_view service,
                                             OwnFiles own_files) {
  std::map<std::string, std::string> drop_ins;
  for (const std::string& name : DropInNames(service)) {
    for (const char* directory : kUnitDirectories) {
      const std::string folder = absl::StrCat(directory, "/", name);
      auto entries = places.below_merged().ListDirectory(folder);
      if (!entries.ok()) continue;
      for (const DirectoryEntry& entry : *entries) {
        const bool left_out = own_files == OwnFiles::kLeftOut &&
                              entry.name == kOwnFile &&
                              absl::string_view(directory) == kOwnDirectory;
        if (left_out || !absl::EndsWith(entry.name, ".conf")) continue;
        drop_ins.try_emplace(entry.name, absl::StrCat(folder, "/", entry.name));
      }
    }
  }
  return drop_ins;
}

// Whether a drop-in says what is run, or in which environment.
bool SaysWhatRuns(absl::string_view text) {
  return absl::c_any_of(ServiceSettings(text), [](const UnitSetting& setting) {
    return setting.name == "ExecStart" || setting.name == "ExecReload" ||
           setting.name == "Environment" || setting.name == "UnsetEnvironment";
  });
}

// NAME of `NAME=VALUE`, and VALUE.
std::pair<absl::string_view, absl::string_view> Assignment(
    absl::string_view word) {
  return absl::StrSplit(word, absl::MaxSplits('=', 1));
}

}  // namespace

std::vector<UnitFile> ServiceFiles(const Places& places,
                                   absl::string_view service, OwnFiles own) {
  std::vector<UnitFile> files;
  for (const char* directory : kUnitDirectories) {
    const std::string path = absl::StrCat(directory, "/", service);
    if (!places.below_merged().Exists(path)) continue;
    files.push_back({path, TextOf(places, path)});
    break;
  }
  for (const auto& [name, path] : DropInsOf(places, service, own)) {
    files.push_back({path, TextOf(places, path)});
  }
  return files;
}

bool IsEnabled(const Places& places, absl::string_view unit) {
  const RootDir& root = places.below_merged();
  for (const char* directory : kUnitDirectories) {
    const std::string path = absl::StrCat(directory, "/", unit);
    if (!root.Exists(path)) continue;
    // The first one counts; a mask is a link to /dev/null, or an empty file.
    auto text = root.ReadSmallFile(path, kMaxUnitFile);
    if (!text.ok() || text->empty()) return false;
    break;
  }
  for (const char* directory : kUnitDirectories) {
    auto entries = root.ListDirectory(directory);
    if (!entries.ok()) continue;
    for (const DirectoryEntry& entry : *entries) {
      if (!absl::EndsWith(entry.name, ".wants") &&
          !absl::EndsWith(entry.name, ".requires")) {
        continue;
      }
      auto wanted =
          root.ListDirectory(absl::StrCat(directory, "/", entry.name));
      if (!wanted.ok()) continue;
      for (const DirectoryEntry& link : *wanted) {
        if (link.name == unit) return true;
      }
    }
  }
  return false;
}

std::vector<UnitSetting> ServiceSettings(absl::string_view text) {
  std::vector<UnitSetting> settings;
  bool in_service = false;
  std::string joined;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "#") || absl::StartsWith(line, ";")) continue;
    if (absl::ConsumeSuffix(&line, "\\")) {
      absl::StrAppend(&joined, line, " ");
      continue;
    }
    absl::StrAppend(&joined, line);
    const std::string whole = std::exchange(joined, "");
    if (absl::StartsWith(whole, "[")) in_service = whole == "[Service]";
    const auto [name, value] = Assignment(whole);
    if (!in_service || name.size() == whole.size()) continue;
    settings.push_back({std::string(absl::StripAsciiWhitespace(name)),
                        std::string(absl::StripAsciiWhitespace(value))});
  }
  return settings;
}

std::vector<std::string> UnitWords(absl::string_view value) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  const auto finish = [&] {
    if (!in_word) return;
    std::string plain;
    // What is no escape of C stays as it stands.
    if (!absl::CUnescape(word, &plain)) plain = word;
    words.push_back(absl::StrReplaceAll(plain, {{"%%", "%"}}));
    word.clear();
    in_word = false;
  };
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '\\' && i + 1 < value.size()) {
      in_word = true;
      word.append({c, value[++i]});
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word.push_back(c);
      }
    } else if (c == '"' || c == '\'') {
      in_word = true;
      quote = c;
    } else if (absl::ascii_isspace(static_cast<unsigned char>(c))) {
      finish();
    } else {
      in_word = true;
      word.push_back(c);
    }
  }
  finish();
  return words;
}

std::optional<std::string> ServiceVariable(const Places& places,
                                           absl::string_view service,
                                           absl::string_view name) {
  std::optional<std::string> found;
  bool unset = false;
  for (const UnitFile& file :
       ServiceFiles(places, service, OwnFiles::kLeftOut)) {
    for (const UnitSetting& setting : ServiceSettings(file.text)) {
      const bool sets = setting.name == "Environment";
      if (!sets && setting.name != "UnsetEnvironment") continue;
      if (setting.value.empty()) {
        if (sets) {
          found.reset();
        } else {
          unset = false;
        }
      }
      for (const std::string& word : UnitWords(setting.value)) {
        const auto [key, value] = Assignment(word);
        if (key != name) continue;
        if (sets) {
          found = std::string(value);
        } else {
          unset = true;
        }
      }
    }
  }
  return unset ? std::nullopt : found;
}

bool HasOwnDropIn(const Places& places, absl::string_view service) {
  for (const char* directory : kUnitDirectories) {
    const std::string path =
        absl::StrCat(directory, "/", service, ".d/", kOwnFile);
    if (!places.below_merged().Exists(path)) continue;
    return SaysWhatRuns(TextOf(places, path));
  }
  return false;
}

std::vector<std::string> LaterDropIns(const Places& places,
                                      absl::string_view service) {
  std::vector<std::string> later;
  for (const auto& [name, path] :
       DropInsOf(places, service, OwnFiles::kLeftOut)) {
    if (name > kOwnFile && SaysWhatRuns(TextOf(places, path))) {
      later.push_back(path);
    }
  }
  return later;
}

}  // namespace extgate
