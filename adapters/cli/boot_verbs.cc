// Way in: BootVerbs.
#include <memory>
#include <string>

#include "adapters/cli/command_line.h"

namespace extgate {
namespace {

template <int (*kRun)(const GlobalOptions&, const BootOptions&)>
RunVerb Add(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<BootOptions>();
  verb.add_option("--esp", options->directories.esp,
                  "Directory of the EFI system partition (default: the one "
                  "this machine was booted from)");
  verb.add_option("--boot", options->directories.boot,
                  "Directory of the extended boot loader partition");
  return
      [options](const GlobalOptions& global) { return kRun(global, *options); };
}

constexpr VerbWords kVerbs[] = {
    {"status",
     "Show the boot entries, their tries, and what a failed boot would bring",
     "Examples:\n  extgate boot status\n  extgate boot status --esp /mnt/esp",
     Add<BootStatusVerb>},
    {"bless", "Say that this boot is good: it is not counted any more",
     "Example:\n  extgate boot bless\nAs systemd-bless-boot.service does it, "
     "once boot-complete.target is reached.",
     Add<BootBlessVerb>},
    {"fail",
     "Say that the booted entry is bad, where another one would come up",
     "Example:\n  extgate boot fail && systemctl reboot", Add<BootFailVerb>},
    {"rearm",
     "Count an entry again whose images or policy have changed since it came "
     "up "
     "well",
     "Example:\n  extgate boot rearm\nextgate-rearm.service does it at each "
     "shutdown.",
     Add<BootRearmVerb>},
};

RunVerb AddGroup(CLI::App& verb, Invocation& line) {
  AddVerbs(kVerbs, verb, line);
  return {};
}

constexpr VerbWords kGroup[] = {
    {"boot", "Boot entries and boot assessment", "", AddGroup},
};

}  // namespace

absl::Span<const VerbWords> BootVerbs() { return kGroup; }

}  // namespace extgate
