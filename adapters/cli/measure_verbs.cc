// Way in: MeasureVerbs.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "adapters/cli/command_line.h"
#include "adapters/cli/measure.h"

namespace extgate {
namespace {

constexpr const char* kBankWords[] = {"sha1", "sha256", "sha384", "sha512"};

void AddBanks(CLI::App& verb, std::vector<std::string>& banks,
              const char* what) {
  verb.add_option("--bank", banks, what)
      ->allow_extra_args(false)
      ->check(CLI::IsMember(std::vector<std::string>(std::begin(kBankWords),
                                                     std::end(kBankWords))));
}

std::vector<PcrBank> BanksOf(const std::vector<std::string>& words) {
  std::vector<PcrBank> banks;
  for (const auto& [bank, word] : Words<PcrBank>::kTable) {
    for (const std::string& asked : words) {
      if (asked != word) continue;
      banks.push_back(bank);
      break;
    }
  }
  return banks;
}

// What is measured: the options of every verb that predicts.
void AddSet(CLI::App& verb, MeasuredSetOptions& set) {
  verb.add_option("FILE", set.own,
                  "Files beside the kernel image: images, *.cred");
  verb.add_option("--global", set.global,
                  "File of /loader/extensions or, if *.cred, of "
                  "/loader/credentials")
      ->allow_extra_args(false);
  CLI::Option* const esp = verb.add_option(
      "--esp", set.esp, "Partition: a directory, or a FAT in a file");
  verb.add_option("--entry", set.entry,
                  "Boot entry there (default: the only one)")
      ->needs(esp);
  verb.add_option("--uki", set.kernel_image,
                  "Unified kernel image (default: the entry's)");
  verb.add_option("--stub", set.stub,
                  "Version of systemd-stub (default: by the kernel image)")
      ->check(CLI::Range(252, 999));
  verb.add_option("--profile", set.profile,
                  "Profile of the kernel image, from 0")
      ->check(CLI::Range(0, 1023));
  CLI::Option* const line = verb.add_option_function<std::string>(
      "--cmdline", [&set](const std::string& text) { set.command_line = text; },
      "Command line that the boot loader passes and the stub accepts");
  verb.add_flag_callback(
          "--no-cmdline", [&set] { set.command_line = ""; }, "It passes none")
      ->excludes(line);
  verb.add_flag_callback(
      "--os-separator", [&set] { set.separator = true; },
      "systemd in the initrd is of 261 or later, and extends `os-separator`");
  verb.add_flag_callback(
      "--no-os-separator", [&set] { set.separator = false; }, "It does not");
  verb.add_flag("--no-credentials", set.no_credentials,
                "There are no credentials but those named");
}

RunVerb Predict(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<PredictOptions>();
  const auto banks = std::make_shared<std::vector<std::string>>();
  AddSet(verb, options->set);
  AddBanks(verb, *banks, "PCR bank (default: all)");
  verb.add_option("--phase", options->set.phase,
                  "How far the boot has come, for register 11: "
                  "enter-initrd (default), enter-initrd:leave-initrd, ...");
  verb.add_flag("--pcrlock", options->pcrlock,
                "Print a component for systemd-pcrlock");
  return [=](const GlobalOptions& global) -> int {
    options->banks = BanksOf(*banks);
    return MeasurePredictVerb(global, *options);
  };
}

constexpr VerbWords kVerbs[] = {
    {"predict", "Show what the TPM holds once an entry was started",
     "Examples:\n  extgate measure predict k3s.sysext.raw\n"
     "  extgate measure predict --esp /efi --entry active --no-cmdline\n"
     "  extgate measure predict --uki kairos.efi --bank sha256 *.sysext.raw",
     Predict},
};

RunVerb AddGroup(CLI::App& verb, Invocation& line) {
  AddVerbs(kVerbs, verb, line);
  return {};
}

constexpr VerbWords kGroup[] = {
    {"measure", "What the TPM sees of extensions, and policies for it", "",
     AddGroup},
};

}  // namespace

absl::Span<const VerbWords> MeasureVerbs() { return kGroup; }

}  // namespace extgate
