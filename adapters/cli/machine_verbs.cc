// Way in: MachineVerbs.
#include <cstdio>
#include <memory>
#include <string>

#include "adapters/cli/command_line.h"

namespace extgate {
namespace {

RunVerb Apply(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<ApplyVerbOptions>();
  CLI::Option* const dry_run =
      verb.add_flag("--dry-run", options->dry_run,
                    "Decide and show the plan; change nothing");
  CLI::Option* const policy =
      verb.add_option("--policy", options->policies,
                      "Policy file, in place of this machine's policy")
          ->allow_extra_args(false);
  // systemd's unit decides too, and knows this machine's policy alone.
  verb.add_flag("--now", options->now,
                "Make systemd merge it at once; where that fails, what was "
                "merged before is again")
      ->excludes(dry_run)
      ->excludes(policy);
  return [options](const GlobalOptions& global) {
    return ApplyVerb(global, *options);
  };
}

RunVerb Merge(CLI::App& verb, Invocation&) {
  const auto image_class = std::make_shared<std::string>();
  verb.add_option("CLASS", *image_class, "sysext or confext")
      ->required()
      ->check(CLI::IsMember({"sysext", "confext"}));
  return [image_class](const GlobalOptions& global) {
    return MergeVerb(global, *FromWord<ImageClass>(*image_class));
  };
}

RunVerb Status(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<StatusOptions>();
  verb.add_flag("--gate", options->gate,
                "Exit with 3 only where in enforcing something else is merged "
                "than was decided");
  return [options](const GlobalOptions& global) {
    return StatusVerb(global, *options);
  };
}

RunVerb HistoryOf(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<HistoryOptions>();
  verb.add_option("--last", options->last, "Only so many runs, the youngest")
      ->check(CLI::Range(1, 64));
  return [options](const GlobalOptions& global) {
    return HistoryVerb(global, *options);
  };
}

RunVerb Install(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<InstallOptions>();
  const auto target = std::make_shared<std::string>();
  const auto list = std::make_shared<bool>(false);
  const auto remove = std::make_shared<bool>(false);
  CLI::Option* const images = verb.add_option(
      "IMAGE", options->images,
      "Image files; with --remove names of images, or of the signature");
  CLI::Option* const media =
      verb.add_option(
              "--media", options->media,
              "Directory whose *.sysext.raw and *.confext.raw are to be "
              "installed: an install medium")
          ->allow_extra_args(false);
  CLI::Option* const signature =
      verb.add_option("--pcr-signature", options->pcr_signature,
                      "A file of signed policies for registers of the TPM, to "
                      "be handed to the initrd beside the kernel images of "
                      "--entry, else of active and passive")
          ->excludes(images)
          ->excludes(media);
  CLI::Option* const list_flag =
      verb.add_flag("--list", *list,
                    "Show what a boot of each entry would find")
          ->excludes(images)
          ->excludes(media)
          ->excludes(signature);
  verb.add_flag("--remove", *remove, "Take images away again, by name")
      ->needs(images)
      ->excludes(list_flag)
      ->excludes(media);
  verb.add_option("--entry", options->entries,
                  "Boot entry, in place of what the policy's `entries` say")
      ->allow_extra_args(false);
  verb.add_flag("--dry-run", options->dry_run,
                "Decide and see whether there is room; change nothing");
  verb.add_option("--policy", options->policies,
                  "Policy file, in place of this machine's policy")
      ->allow_extra_args(false);
  CLI::Option* const place =
      verb.add_option("--place", *target,
                      "esp (beside the kernel images) or store (Kairos), in "
                      "place of what is usual here")
          ->check(CLI::IsMember({"esp", "store"}));
  verb.add_option("--esp", options->where.partitions.esp,
                  "Directory of the EFI system partition");
  verb.add_option("--boot", options->where.partitions.boot,
                  "Directory of the extended boot loader partition");
  verb.add_option("--store", options->where.store,
                  "Directory in place of /var/lib/kairos");
  return [=](const GlobalOptions& global) {
    if (!place->empty()) {
      options->where.target = FromWord<InstallTarget>(*target);
    }
    if (*list) options->act = InstallOptions::Act::kList;
    if (*remove) options->act = InstallOptions::Act::kRemove;
    if (images->empty() && media->empty() && signature->empty() && !*list) {
      std::fputs(
          "extgate: install: name images, --media, --pcr-signature or --list\n",
          stderr);
      return kExitUsage;
    }
    return InstallVerb(global, *options);
  };
}

RunVerb Doctor(CLI::App&, Invocation&) { return DoctorVerb; }

RunVerb ModeOf(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<ModeOptions>();
  verb.add_option_function<std::string>(
          "MODE",
          [options](const std::string& word) {
            options->mode = FromWord<Mode>(word);
          },
          "disabled, permissive or enforcing")
      ->check(CLI::IsMember({"disabled", "permissive", "enforcing"}));
  verb.add_option("--until", options->until,
                  "When it ends: 2h, 3d, or a time (2027-01-31T12:00:00Z); "
                  "else with this boot");
  verb.add_flag("--reset", options->reset,
                "Take away what was set: the policy's own mode again");
  return [options](const GlobalOptions& global) {
    return ModeVerb(global, *options);
  };
}

constexpr VerbWords kVerbs[] = {
    {"apply", "Find, decide, stage and report: the boot job",
     "Examples:\n  extgate apply --dry-run\n  extgate apply\n  extgate apply "
     "--now       (a change of the running system)",
     Apply},
    {"merge",
     "Apply, then run systemd's own refresh with the policy and environment "
     "that the staged set needs",
     "Example (ExecStart of the packaged drop-in):\n  extgate merge sysext",
     Merge},
    {"status", "Show what the last apply decided, and whether it holds",
     "Examples:\n  extgate status\n  extgate status --gate   (of "
     "extgate-gate.service)",
     Status},
    {"history", "Show what the last runs decided, across boots",
     "Examples:\n  extgate history\n  extgate history --last 5\n  extgate "
     "history --json",
     HistoryOf},
    {"install",
     "Put images where the boots of their entries find them, list them, or "
     "remove them",
     "Examples:\n  extgate install k3s.sysext.raw\n  extgate install --entry "
     "passive k3s.sysext.raw\n  extgate install --list\n  extgate install "
     "--remove k3s\n  extgate install --media /run/initramfs/live\n  extgate "
     "install --pcr-signature tpm2-pcr-signature.json",
     Install},
    {"doctor",
     "Examine this machine: policy, boot, units, and whether bad images are "
     "refused",
     "Examples:\n  extgate doctor\n  extgate doctor --json   (exit 3 when a "
     "finding is bad)",
     Doctor},
    {"mode",
     "Show which mode is in force and who says so; set it until the next boot",
     "Examples:\n  extgate mode\n  extgate mode permissive --until 2h\n  "
     "extgate mode --reset",
     ModeOf},
};

}  // namespace

absl::Span<const VerbWords> MachineVerbs() { return kVerbs; }

}  // namespace extgate
