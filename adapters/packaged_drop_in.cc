// Ways in: HasPackagedDropIn, RunsMergeCommand.
#include "adapters/packaged_drop_in.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "adapters/unit_file.h"
#include "engine/unit_in_force.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxDropIn = 1024 * 1024;  // bytes

// Where a package or an administrator puts drop-ins, the strongest first. /run,
// after /etc, is left out: what has our name there is written and removed by
// extgate itself.
constexpr const char* kParents[] = {"/etc", "/usr/local/lib", "/usr/lib"};

// True when the drop-in `text` resets ExecStart= and then runs `extgate merge`.
bool HandsOver(absl::string_view text, ImageClass image_class) {
  bool resets = false;
  bool merges = false;
  for (const UnitSetting& setting : ServiceSettings(text)) {
    if (setting.name != "ExecStart") continue;
    if (setting.value.empty()) {
      resets = true;
      merges = false;
    } else {
      merges |= RunsMergeCommand(setting.value, image_class);
    }
  }
  return resets && merges;
}

}  // namespace

bool HasPackagedDropIn(const Places& places, ImageClass image_class) {
  for (const char* parent : kParents) {
    const std::string path =
        absl::StrCat(parent, "/systemd/system/systemd-", ToWord(image_class),
                     ".service.d/zzz-extgate.conf");
    if (!places.root().Exists(path)) continue;
    auto text = places.root().ReadSmallFile(path, kMaxDropIn);
    return text.ok() && HandsOver(*text, image_class);
  }
  return false;
}

bool RunsMergeCommand(absl::string_view command, ImageClass image_class) {
  std::vector<std::string> words =
      absl::StrSplit(command, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.empty()) return false;
  // systemd.service(5): prefixes that change how it is run.
  words[0].erase(0, words[0].find_first_not_of("-@:+!|"));
  return RunsMerge(words, image_class);
}

}  // namespace extgate
