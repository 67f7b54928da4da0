// extgate doctor: what keeps extgate from doing here what its policy says. No
// part of a boot: it runs processes.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/cli/last_report.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/table.h"
#include "adapters/cli/verbs.h"
#include "adapters/efi_variables.h"
#include "adapters/given_images.h"
#include "adapters/places.h"
#include "adapters/probe_mount.h"
#include "adapters/room.h"
#include "adapters/state_directory.h"
#include "adapters/unit_command.h"
#include "adapters/unit_file.h"
#include "adapters/verity_devices.h"
#include "engine/boot/boot_port.h"
#include "engine/doctor.h"
#include "engine/hand_over.h"
#include "engine/last_seen.h"
#include "engine/pipeline.h"
#include "engine/policy_loader.h"
#include "engine/scrub.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr char kProbes[] = "/usr/lib/extgate/probes/";
constexpr uint64_t kMegabyte = uint64_t{1} << 20;
constexpr uint64_t kStateNeeds = kMegabyte;     // policies, history
constexpr uint64_t kRunNeeds = 64 * kMegabyte;  // private copies of images
constexpr int kKnowsImagePolicies = 254;        // systemd

Tone ToneOf(Health health) {
  switch (health) {
    case Health::kOk:
      return Tone::kGood;
    case Health::kNotKnown:
      return Tone::kFaint;
    case Health::kWarn:
      return Tone::kWarning;
    case Health::kBad:
      return Tone::kBad;
  }
  return Tone::kPlain;
}

std::string CheckupsText(const std::vector<Checkup>& checkups, Colour colour) {
  Table table({"WHAT", "STATE", "WHY"});
  for (const Checkup& checkup : checkups) {
    table.Add({{PrintableText(checkup.what)},
               {ToWord(checkup.health), ToneOf(checkup.health)},
               {PrintableText(checkup.why)}});
    if (!checkup.remedy.empty()) {
      table.AddNote(PrintableText("do: " + checkup.remedy));
    }
  }
  return table.Render(colour);
}

// One examination of one machine.
class Examiner {
 public:
  Examiner(const GlobalOptions& global, Machine& machine)
      : global_(global),
        places_(machine.places()),
        ports_(machine.ports()),
        host_(FactsAndDate(ports_).value),
        loaded_(LoadPolicy(ports_)) {}

  std::vector<Checkup> Run() {
    checkups_ = {ExaminePolicy(loaded_), ExamineTrust(loaded_),
                 ExamineMode(loaded_.policy.mode),
                 ExamineFloor(loaded_.policy.floor)};
    LookAtFirmware();
    LookAtUnits();
    checkups_.push_back(ExamineSystemd(host_.systemd_version));
    checkups_.push_back(LiveSystem() ? ExamineVerity(VerityDevices().status())
                                     : OfAnotherRoot("dm-verity"));
    checkups_.push_back(ExamineRoom(
        "state-room", StateDirectory(places_).Path(),
        RoomIn(places_.At(StateDirectory(places_).Path())), kStateNeeds));
    checkups_.push_back(
        ExamineRoom("run-room", "/run", RoomIn(places_.run()), kRunNeeds));
    for (const auto& [kind, word] : Words<ProbeKind>::kTable) Decide(kind);
    MountProbes();
    return std::move(checkups_);
  }

 private:
  // Devices, processes and namespaces are of the running system alone.
  bool LiveSystem() const { return global_.places.root == "/"; }

  static Checkup OfAnotherRoot(std::string what) {
    return {std::move(what), Health::kNotKnown,
            "only the running system can be asked, not another root", ""};
  }

  void LookAtFirmware() {
    EfiVariables variables(places_);
    Firmware firmware = Firmware::kSecureBootOn;
    if (!variables.SecureBootEnforced()) {
      const HostPath& efivars = places_.efivars();
      auto there = efivars.root->ListDirectory(efivars.path);
      firmware = there.ok() && !there->empty() ? Firmware::kSecureBootOff
                                               : Firmware::kNone;
    }
    checkups_.push_back(ExamineSecureBoot(firmware));
    CountingFacts facts{variables.LoaderVariable("LoaderInfo"),
                        variables.LoaderVariable("LoaderBootCountPath"),
                        {}};
    if (auto known = ports_.boot->Assessment(); known.ok()) {
      facts.choice = std::move(known->choice);
    }
    checkups_.push_back(ExamineBootCounting(facts));
  }

  void LookAtUnits() {
    for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
      checkups_.push_back(
          ExamineUnit(image_class, CommandByFiles(places_, image_class)));
    }
    for (const char* service :
         {"systemd-sysext.service", "systemd-confext.service",
          "extgate-gate.service", "extgate-rearm.service"}) {
      checkups_.push_back(ExamineEnabled(service, IsEnabled(places_, service)));
    }
  }

  // Of this host.
  std::string PathOf(ProbeKind kind) const {
    const std::string root = LiveSystem() ? "" : global_.places.root;
    return absl::StrCat(root, kProbes, ProbeFile(kind));
  }

  void Decide(ProbeKind kind) {
    GivenImages images({PathOf(kind)});
    const std::vector<Candidate> candidates = images.Candidates({}, {}).value;
    ScrubResult scrub;
    auto reader = images.Open(candidates[0]);
    if (reader.ok()) {
      scrub = Scrub(**reader, candidates[0].path, nullptr);
    } else {
      scrub.detail = std::string(reader.status().message());
    }
    Looks looks(candidates, images, ports_.confinement);
    const Report report =
        Check(ports_, host_, loaded_, looks, loaded_.policy.mode);
    checkups_.push_back(ExamineDecision(kind, report, scrub));
  }

  // What the units would hand over now: as the last run said, else what an
  // empty set gets.
  HandOver Told() const {
    auto last = LastReport(places_);
    if (last.ok()) return last->sysext;
    return HandOverFor({}, host_.systemd_version);
  }

  ProbeMount Mount(ProbeKind kind, const DissectOrders& orders) const {
    if (!LiveSystem()) {
      return {ProbeMount::End::kNotTried, OfAnotherRoot("").why};
    }
    if (!places_.root().Exists(absl::StrCat(kProbes, ProbeFile(kind)))) {
      return {ProbeMount::End::kNotTried,
              absl::StrCat("there is no ", PathOf(kind))};
    }
    return MountProbe(PathOf(kind), orders);
  }

  void MountProbes() {
    const HandOver told = Told();
    const DissectOrders as_told{told.image_policy, told.environment};
    const std::string words =
        absl::StrCat("--image-policy=", told.image_policy,
                     told.environment.empty() ? "" : " ",
                     absl::StrJoin(told.environment, " "));
    const bool knows = !LiveSystem() || host_.systemd_version == 0 ||
                       host_.systemd_version >= kKnowsImagePolicies;
    const std::string any = knows ? "root=verity+signed+absent" : "";
    std::vector<std::pair<ProbeKind, ProbeMount>> mounts;
    for (const ProbeKind kind : {ProbeKind::kUnsigned, ProbeKind::kWrongKey}) {
      mounts.emplace_back(
          kind, knows ? Mount(kind, as_told)
                      : ProbeMount{ProbeMount::End::kNotTried,
                                   "this systemd knows no image policies"});
    }
    // Whoever signed it: whether a block that contradicts its tree is served.
    mounts.emplace_back(ProbeKind::kBitFlipped,
                        Mount(ProbeKind::kBitFlipped,
                              {any, {"SYSTEMD_DISSECT_VERITY_SIGNATURE=0"}}));
    // Last, so that no device of it is there to be used again.
    const bool tried =
        std::any_of(mounts.begin(), mounts.end(), [](const auto& mount) {
          return mount.second.end != ProbeMount::End::kNotTried;
        });
    const ProbeMount control =
        tried ? Mount(ProbeKind::kUnsigned, {any, {}}) : ProbeMount();
    for (const auto& [kind, mount] : mounts) {
      checkups_.push_back(
          ExamineMount(kind, mount, words, control, loaded_.policy.mode));
    }
  }

  const GlobalOptions& global_;
  const Places& places_;
  const Ports ports_;
  const HostFacts host_;
  const LoadedPolicy loaded_;
  std::vector<Checkup> checkups_;
};

}  // namespace

int DoctorVerb(const GlobalOptions& global) {
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("doctor", machine.status());
  const std::vector<Checkup> checkups = Examiner(global, **machine).Run();
  if (global.format == Format::kJson) {
    std::fputs(CheckupsToJson(checkups).c_str(), stdout);
  } else {
    std::fputs(CheckupsText(checkups, ColourOf(stdout)).c_str(), stdout);
  }
  return WorstOf(checkups) == Health::kBad ? kExitViolation : kExitDone;
}

}  // namespace extgate
