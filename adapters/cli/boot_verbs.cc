// Way in: BootVerbs.
#include <cstdio>
#include <memory>
#include <string>

#include "adapters/cli/boot.h"
#include "adapters/cli/command_line.h"

namespace extgate {
namespace {

void AddDirectories(CLI::App& verb, BootOptions& options) {
  verb.add_option("--esp", options.directories.esp,
                  "Directory of the EFI system partition (default: the one "
                  "this machine was booted from)");
  verb.add_option("--boot", options.directories.boot,
                  "Directory of the extended boot loader partition");
}

template <int (*kRun)(const GlobalOptions&, const BootOptions&)>
RunVerb Add(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<BootOptions>();
  AddDirectories(verb, *options);
  return
      [options](const GlobalOptions& global) { return kRun(global, *options); };
}

RunVerb AddNext(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<BootOptions>();
  AddDirectories(verb, *options);
  auto* const entry = verb.add_option("ENTRY", options->entry,
                                      "Its id (`passive.conf`), or `passive`");
  auto* const clear = verb.add_flag(
      "--clear", options->clear, "No entry in particular: as the order has it");
  entry->excludes(clear);
  return [options](const GlobalOptions& global) -> int {
    if (options->entry.empty() && !options->clear) {
      std::fputs("extgate: boot next: name an entry, or --clear\n", stderr);
      return kExitUsage;
    }
    return BootNextVerb(global, *options);
  };
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
    {"next", "Start an entry at the next boot, and only then",
     "Examples:\n  extgate boot next passive && systemctl reboot\n"
     "  extgate boot next --clear\nAs `bootctl set-oneshot`: whatever tries "
     "the "
     "entry has left.",
     AddNext},
    {"unpin", "Take LoaderEntryDefault back, so that tries count again",
     "Example:\n  extgate boot unpin\nAs `bootctl set-default ''`.",
     Add<BootUnpinVerb>},
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
