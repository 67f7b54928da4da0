// One way in: CommandByFiles.
#include "adapters/unit_command.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "adapters/packaged_drop_in.h"
#include "adapters/unit_file.h"
#include "engine/unit_in_force.h"

namespace extgate {

UnitCommand CommandByFiles(const Places& places, ImageClass image_class) {
  std::vector<std::string> commands;
  UnitCommand unit;
  bool ours = true;
  for (const UnitFile& file :
       ServiceFiles(places, MergeUnit(image_class), OwnFiles::kCounted)) {
    // What `apply` wrote, where no package brought one.
    const bool written = absl::StartsWith(file.path, "/run/") &&
                         absl::EndsWith(file.path, "/zzz-extgate.conf");
    for (const UnitSetting& setting : ServiceSettings(file.text)) {
      if (setting.name != "ExecStart") continue;
      unit.source = file.path;
      if (setting.value.empty()) {
        commands.clear();
        ours = true;
        continue;
      }
      commands.push_back(setting.value);
      ours &= written || RunsMergeCommand(setting.value, image_class);
    }
  }
  unit.command = absl::StrJoin(commands, "; ");
  unit.is_ours = ours && !commands.empty();
  return unit;
}

}  // namespace extgate
