// Way in: MeasureVerbs.
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/cli/command_line.h"
#include "adapters/cli/measure.h"
#include "engine/pcr/uki_sections.h"

namespace extgate {
namespace {

void AddBanks(CLI::App& verb, std::vector<std::string>& banks,
              const char* what) {
  std::vector<std::string> known;
  for (const auto& [bank, word] : Words<PcrBank>::kTable) known.push_back(word);
  verb.add_option("--bank", banks, what)
      ->allow_extra_args(false)
      ->check(CLI::IsMember(known));
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
                  "Files beside the kernel image: images, *.cred, *.addon.efi");
  verb.add_option("--global", set.global,
                  "File of /loader/extensions or, if *.cred, of "
                  "/loader/credentials, if *.addon.efi, of /loader/addons")
      ->allow_extra_args(false);
  verb.add_option("--esp", set.esp,
                  "Partition: a directory, or a FAT in a file");
  verb.add_option("--entry", set.entry,
                  "Boot entry there (default: the only one)");
  verb.add_option("--uki", set.kernel_image,
                  "Unified kernel image (default: the entry's)");
  verb.add_option("--stub", set.stub,
                  "Version of systemd-stub (default: by the kernel image)")
      ->check(CLI::Range(252, 999));
  verb.add_option_function<int>(
          "--profile", [&set](int profile) { set.profile = profile; },
          "Profile of the kernel image, from 0 (default)")
      ->check(CLI::Range(0, 1023));
  CLI::Option* const line = verb.add_option_function<std::string>(
      "--cmdline", [&set](const std::string& text) { set.command_line = text; },
      "Command line that the boot loader passes, in place of `options` of the "
      "entry");
  verb.add_flag_callback(
          "--no-cmdline", [&set] { set.command_line = ""; },
          "It passes none but `options` of the entry")
      ->excludes(line);
  verb.add_option_function<int>(
          "--boot-loader", [&set](int version) { set.boot_loader = version; },
          "Version of systemd-boot that starts it, 0 for another boot loader "
          "(default: the one of --esp)")
      ->check(CLI::Range(0, 999));
  CLI::Option* const secure = verb.add_flag_callback(
      "--secure-boot", [&set] { set.secure_boot = true; },
      "Secure Boot is on: a kernel image with a command line takes no other");
  verb.add_flag_callback(
          "--no-secure-boot", [&set] { set.secure_boot = false; }, "It is off")
      ->excludes(secure);
  verb.add_flag_callback(
      "--os-separator", [&set] { set.separator = true; },
      "systemd in the initrd is of 261 or later, and extends `os-separator`");
  verb.add_flag_callback(
      "--no-os-separator", [&set] { set.separator = false; }, "It does not");
  verb.add_flag("--no-credentials", set.no_credentials,
                "There are no credentials but those named");
  verb.add_flag("--addons-accepted", set.add_ons_accepted,
                "The firmware loads each add-on (*.addon.efi): with Secure "
                "Boot, it trusts who signed it");
}

// Of the verbs that can do as `install` would.
CLI::Option* AddInstall(CLI::App& verb, bool& install,
                        std::vector<std::string>& policies,
                        const char* policy) {
  verb.add_flag("--install", install,
                "Of each boot entry, or that of --entry, with the images where "
                "`install` would put them");
  return verb
      .add_option("--policy", policies,
                  absl::StrCat(policy, "; more than once for several files"))
      ->allow_extra_args(false);
}

// What --entry names has to be somewhere.
bool LacksEntries(const char* verb, const MeasuredSetOptions& set,
                  bool install) {
  const bool lacks = !set.entry.empty() && set.esp.empty() && !install;
  if (lacks) {
    std::fprintf(stderr, "extgate: measure %s: --entry is one of an --esp\n",
                 verb);
  }
  return lacks;
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
  CLI::Option* const policy =
      AddInstall(verb, options->install, options->policies,
                 "With --install: this policy in place of this machine's");
  return [=](const GlobalOptions& global) -> int {
    options->banks = BanksOf(*banks);
    if (LacksEntries("predict", options->set, options->install)) {
      return kExitUsage;
    }
    if (!policy->empty() && !options->install) {
      std::fputs("extgate: measure predict: --policy is for --install\n",
                 stderr);
      return kExitUsage;
    }
    return MeasurePredictVerb(global, *options);
  };
}

// What is to sign, and who.
void AddKey(CLI::App& verb, SignOptions& options) {
  CLI::Option* const key = verb.add_option(
      "--private-key", options.private_key,
      "Private RSA key: a PEM file, or what a provider or engine calls it");
  verb.add_option("--private-key-source", options.key_source,
                  "file (default), provider:NAME or engine:NAME of OpenSSL")
      ->needs(key)
      ->check([](const std::string& source) -> std::string {
        const bool known = source == "file" ||
                           source.rfind("provider:", 0) == 0 ||
                           source.rfind("engine:", 0) == 0;
        return known ? "" : "file, provider:NAME or engine:NAME is expected";
      });
  CLI::Option* const half = verb.add_option(
      "--public-key", options.public_key,
      "Public half of a key that is elsewhere: PEM, or a certificate");
  half->excludes(key);
  CLI::Option* const digests =
      verb.add_option("--digest-only", options.digest_only,
                      "Write what is to be signed into this directory, a file "
                      "a policy: *.policy")
          ->excludes(key);
  verb.add_option("--attach", options.attach,
                  "Directory where somebody has signed them: *.sig")
      ->needs(half)
      ->excludes(digests);
}

RunVerb Sign(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<SignOptions>();
  const auto banks = std::make_shared<std::vector<std::string>>();
  AddSet(verb, options->set);
  AddBanks(verb, *banks, "PCR bank (default: sha256)");
  AddKey(verb, *options);
  verb.add_option("--pcrs", options->pcrs,
                  "Registers, of 11, 12 and 13 (default: 11+13 with a kernel "
                  "image, else 13)");
  verb.add_option("--phase", options->phases,
                  "Phase of register 11 (default: the four of "
                  "systemd-measure)")
      ->allow_extra_args(false);
  verb.add_flag("--combinations", options->combinations,
                "Every set of the images, the empty one too; those that the "
                "policy requires are in each");
  verb.add_flag("--approved", options->by_policy,
                "Only what this machine's policy allows, as `check` decides");
  CLI::Option* const policy =
      AddInstall(verb, options->install, options->policies,
                 "Only what this policy allows");
  verb.add_option("--into", options->into,
                  "File to add to: tpm2-pcr-signature.json");
  return [=](const GlobalOptions& global) -> int {
    options->banks = BanksOf(*banks);
    if (!policy->empty()) options->by_policy = true;
    if (LacksEntries("sign", options->set, options->install)) {
      return kExitUsage;
    }
    const bool offline =
        !options->digest_only.empty() ||
        (!options->public_key.empty() && !options->attach.empty());
    if (options->private_key.empty() && !offline) {
      std::fputs(
          "extgate: measure sign: --private-key, --digest-only, or "
          "--public-key "
          "with --attach\n",
          stderr);
      return kExitUsage;
    }
    return MeasureSignVerb(global, *options);
  };
}

// What is known of a machine that is not this one.
void AddOtherMachine(CLI::App& verb, VerifyOptions& options, CLI::Option* tpm) {
  CLI::Option* const log =
      verb.add_option("--log", options.log,
                      "Event log of another machine's firmware, in place of "
                      "this one's TPM")
          ->excludes(tpm);
  CLI::Option* const system_log =
      verb.add_option("--system-log", options.system_log,
                      "Its /run/log/systemd/tpm2-measure.log");
  system_log->needs(log);
  verb.add_option("--report", options.report,
                  "The report that it keeps, /run/extgate/report.json")
      ->needs(system_log);
  CLI::Option* const quote = verb.add_option(
      "--quote", options.quote, "What its TPM signed (tpm2_quote --message)");
  quote->needs(log);
  CLI::Option* const signature =
      verb.add_option("--quote-signature", options.quote_signature,
                      "Signature of that (tpm2_quote --signature)");
  CLI::Option* const key =
      verb.add_option("--quote-key", options.quote_key,
                      "Public key of that TPM, or a certificate of it: PEM");
  quote->needs(signature)->needs(key);
  signature->needs(quote);
  key->needs(quote);
  verb.add_option("--nonce", options.nonce,
                  "What it was given to sign, in hex, so that no old quote is "
                  "taken for a new one")
      ->needs(quote)
      ->check([](const std::string& text) -> std::string {
        const bool hex = text.size() % 2 == 0 &&
                         text.find_first_not_of("0123456789abcdefABCDEF") ==
                             std::string::npos;
        return hex && !text.empty() ? "" : "bytes in hex are expected";
      });
}

RunVerb Verify(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<VerifyOptions>();
  const auto banks = std::make_shared<std::vector<std::string>>();
  AddSet(verb, options->set);
  AddBanks(verb, *banks, "PCR bank (default: sha256)");
  options->set.phase = kPhases[std::size(kPhases) - 1];
  verb.add_option("--phase", options->set.phase,
                  "How far the boot has come, for register 11 (default: all "
                  "phases of systemd)");
  CLI::Option* const tpm = verb.add_option(
      "--tpm", options->tpm,
      "TPM to ask by tpm2-tss, in place of what the kernel shows of it: a "
      "device, or swtpm:path=SOCKET");
  AddOtherMachine(verb, *options, tpm);
  CLI::Option* const decision =
      verb.add_flag("--decision", options->decision,
                    "A decision of extgate must have been measured (`measure` "
                    "of the policy)");
  verb.add_option("--decision-pcr", options->decision_pcr,
                  "Into this register (default: 14)")
      ->needs(decision)
      ->check(CLI::Range(0, 23));
  verb.add_option("--pcrs", options->pcrs,
                  "Registers to verify, as 11+13 (default: 12 and 13, with a "
                  "kernel image 11)");
  return [=](const GlobalOptions& global) -> int {
    if (LacksEntries("verify", options->set, false)) return kExitUsage;
    const std::vector<PcrBank> chosen = BanksOf(*banks);
    if (chosen.size() > 1) {
      std::fputs("extgate: measure verify: one --bank\n", stderr);
      return kExitUsage;
    }
    if (!chosen.empty()) options->bank = chosen.front();
    return MeasureVerifyVerb(global, *options);
  };
}

RunVerb Enroll(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<EnrollOptions>();
  verb.add_option("DEVICE", options->device, "Block device of LUKS2")
      ->required();
  verb.add_option("--public-key", options->public_key,
                  "Public half of the key that signs")
      ->required();
  verb.add_option("--pcrs", options->pcrs,
                  "Registers that it signs for (default: 11+13)");
  verb.add_option("--signature", options->signature,
                  "File of signatures, to try the disk with at once");
  verb.add_flag(
      "--without-secure-boot", options->without_secure_boot,
      "Do not seal to register 7 as well: whoever can start a program "
      "of their own could then play the others");
  verb.add_flag("--run", options->run, "Do it; else the call is printed");
  return [options](const GlobalOptions& global) {
    return MeasureEnrollVerb(global, *options);
  };
}

constexpr VerbWords kVerbs[] = {
    {"predict", "Show what the TPM holds once an entry was started",
     "Examples:\n  extgate measure predict k3s.sysext.raw\n"
     "  extgate measure predict --esp /efi --entry active --no-cmdline\n"
     "  extgate measure predict --esp /efi --install --policy release.yaml "
     "*.sysext.raw\n"
     "  extgate measure predict --uki kairos.efi --bank sha256 *.sysext.raw",
     Predict},
    {"sign", "Sign policies for registers of the TPM",
     "Examples:\n  extgate measure sign --private-key ext.pem --uki kairos.efi "
     "--into tpm2-pcr-signature.json *.sysext.raw\n"
     "  extgate measure sign --private-key ext.pem --esp esp.img --install "
     "--combinations --policy release.yaml *.sysext.raw\n"
     "  extgate measure sign --digest-only to-sign k3s.sysext.raw\n"
     "  extgate measure sign --public-key ext.pub --attach to-sign "
     "k3s.sysext.raw\nOne key signs for one set of registers: not that of the "
     "kernel image.",
     Sign},
    {"verify", "Compare what the TPM holds with what was predicted",
     "Examples:\n  extgate measure verify --esp /efi --entry active "
     "--no-cmdline\n"
     "  extgate measure verify --log log.bin --uki kairos.efi k3s.sysext.raw\n"
     "  extgate measure verify --decision --log log.bin --system-log "
     "tpm2-measure.log --report report.json --quote q.message "
     "--quote-signature q.signature --quote-key ak.pem --nonce c0ffee\n"
     "Exit status 3: something differs.",
     Verify},
    {"enroll", "Say how a disk is sealed to these registers",
     "Examples:\n  extgate measure enroll --public-key ext.pub "
     "--signature tpm2-pcr-signature.json /dev/vda3\n"
     "  extgate measure enroll --run --public-key ext.pub /dev/vda3",
     Enroll},
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
