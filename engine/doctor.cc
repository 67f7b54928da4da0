// Ways in: the Examine functions, one a question; WorstOf, CheckupsToJson.
#include "engine/doctor.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/hand_over.h"
#include "engine/message_json.h"
#include "policy/printable.h"
#include "proto/report.pb.h"

namespace extgate {
namespace {

constexpr int kUsrOnlyMended =
    258;  // systemd: usr is no longer merged unsigned

std::string SourcesText(const LoadedPolicy& loaded) {
  return absl::StrJoin(
      loaded.sources, ", ", [](std::string* out, const UsedSource& source) {
        absl::StrAppend(out, source.path, " (", ToWord(source.authority), ")");
      });
}

std::string PlaceOf(const SourceSpan& span) {
  if (span.path.empty()) return "";
  if (span.line == 0) return absl::StrCat(span.path, ": ");
  return absl::StrCat(span.path, ":", span.line, ":", span.column, ": ");
}

// What pins an entry, whatever its tries say; "" for nothing.
std::string PinOf(const LoaderChoice& choice) {
  if (!choice.default_variable.empty()) {
    return absl::StrCat("LoaderEntryDefault `", choice.default_variable, "`");
  }
  // systemd-boot(7): it only counts where the variable says nothing.
  if (!choice.default_file.empty() && choice.default_file[0] != '@') {
    return absl::StrCat("`default ", choice.default_file, "` of loader.conf");
  }
  return "";
}

Checkup NotKnown(std::string what, std::string why, std::string remedy) {
  return {std::move(what), Health::kNotKnown, std::move(why),
          std::move(remedy)};
}

std::string Megabytes(uint64_t bytes) {
  return absl::StrCat(bytes / (1024 * 1024), " MiB");
}

std::string ReasonText(const ReportedImage& image) {
  if (image.reasons.empty()) return "";
  return absl::StrCat(ToWord(image.reasons[0].code), ": ",
                      image.reasons[0].detail);
}

}  // namespace

Checkup ExaminePolicy(const LoadedPolicy& loaded) {
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    if (diagnostic.severity != Severity::kError) continue;
    return {"policy", Health::kBad,
            absl::StrCat(PlaceOf(diagnostic.span), diagnostic.message),
            "mend it; `extgate policy lint` shows all there is"};
  }
  if (loaded.invalid) {
    return {"policy", Health::kBad, "a source of it could not be read",
            "`extgate policy lint` shows which"};
  }
  if (loaded.sources.empty()) {
    return {"policy", Health::kWarn, "there is none: the built-in one counts",
            "write one to /etc/extgate/policy.d, see docs/policy.md"};
  }
  return {"policy", Health::kOk, SourcesText(loaded), ""};
}

Checkup ExamineTrust(const LoadedPolicy& loaded) {
  const std::vector<Signer> signers = loaded.trust.KnownSigners();
  if (!signers.empty()) {
    return {"trust", Health::kOk,
            absl::StrJoin(signers, ", ",
                          [](std::string* out, const Signer& signer) {
                            absl::StrAppend(out, signer.subject, " (",
                                            signer.origin, ")");
                          }),
            ""};
  }
  std::string why = "no signature counts: nobody is trusted";
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    if (diagnostic.code != DiagnosticCode::kFileUnreadable &&
        diagnostic.code != DiagnosticCode::kBadCertificate &&
        diagnostic.code != DiagnosticCode::kEfiUntrusted) {
      continue;
    }
    absl::StrAppend(&why, ": ", PlaceOf(diagnostic.span), diagnostic.message);
    break;
  }
  return {"trust", Health::kWarn, std::move(why),
          "give the certificates of whoever signs the images in `trust`"};
}

Checkup ExamineMode(Mode mode) {
  switch (mode) {
    case Mode::kDisabled:
      return {"mode", Health::kWarn, "disabled: nothing is checked",
              "`mode: permissive` reports without withholding"};
    case Mode::kPermissive:
      return {"mode", Health::kWarn,
              "permissive: what is denied is reported, and merged",
              "`mode: enforcing`, once `extgate status` shows no violations"};
    case Mode::kEnforcing:
      return {"mode", Health::kOk, "enforcing", ""};
  }
  return {};
}

Checkup ExamineFloor(const std::optional<Mode>& floor) {
  if (floor) return {"floor", Health::kOk, ToWord(*floor), ""};
  return {
      "floor", Health::kWarn,
      "none: who can write /oem or /etc may loosen the policy",
      "`mode_floor` in a policy of the vendor's, /usr/lib/extgate/policy.d"};
}

Checkup ExamineSecureBoot(Firmware firmware) {
  switch (firmware) {
    case Firmware::kNone:
      return NotKnown("secure-boot", "there are no EFI variables", "");
    case Firmware::kSecureBootOff:
      return {"secure-boot", Health::kWarn,
              "off: who can write the ESP chooses kernel and command line",
              "enrol keys and switch it on in the firmware"};
    case Firmware::kSecureBootOn:
      return {"secure-boot", Health::kOk, "on", ""};
  }
  return {};
}

Checkup ExamineBootCounting(const CountingFacts& facts) {
  const std::string what = "boot-counting";
  if (!facts.loader.ok()) {
    return NotKnown(what,
                    "no boot loader that speaks of entries started this "
                    "machine",
                    "");
  }
  if (!facts.count_path.ok()) {
    return {what, Health::kWarn,
            "boots of this entry are not counted: one that fails is tried "
            "again for ever",
            "give its file a counter, as `NAME+3.efi`"};
  }
  if (const std::string pin = PinOf(facts.choice); !pin.empty()) {
    return {what, Health::kWarn,
            absl::StrCat("counted (", *facts.count_path, "), but ", pin,
                         " pins an entry even when it has no tries left"),
            "take it away; systemd-boot from 260 on has `preferred` for that"};
  }
  return {what, Health::kOk, *facts.count_path, ""};
}

Checkup ExamineUnit(ImageClass image_class, const UnitCommand& unit) {
  const std::string word = ToWord(image_class);
  Checkup checkup{absl::StrCat("drop-in-", word), Health::kOk,
                  absl::StrCat(unit.command, " (", unit.source, ")"), ""};
  if (unit.command.empty()) {
    return NotKnown(checkup.what,
                    absl::StrCat("systemd-", word, ".service has no ExecStart"),
                    "");
  }
  if (unit.is_ours) return checkup;
  checkup.health = Health::kBad;
  checkup.why = absl::StrCat("systemd-", word, ".service runs `", unit.command,
                             "` (", unit.source, ")");
  checkup.remedy =
      "install extgate's drop-in zzz-extgate.conf, and rename what sorts "
      "behind it";
  return checkup;
}

Checkup ExamineEnabled(const std::string& service, bool enabled) {
  if (enabled) return {service, Health::kOk, "enabled", ""};
  Checkup checkup{service, Health::kWarn, "not enabled: it never runs at boot",
                  absl::StrCat("systemctl enable ", service)};
  if (absl::StartsWith(service, "extgate-")) {
    // A link that an image without the unit finds keeps its boots from being
    // called good.
    absl::StrAppend(&checkup.remedy,
                    "; where /etc outlives the image, as on Kairos, a link in "
                    "the image's /usr (docs/kairos.md)");
  }
  return checkup;
}

Checkup ExamineSystemd(int version) {
  if (version == 0) {
    return NotKnown("systemd", "its version is not known", "");
  }
  const StagedShape signed_root{Designator::kRoot, kFlagSigned | kFlagVerity,
                                SignatureState::kTrusted, false};
  const HandOver told = HandOverFor({signed_root}, version);
  std::string why =
      absl::StrCat(version, ", at activation: of a signed root partition ",
                   ToWord(EnforcementOf(signed_root, told, version)));
  if (version < kUsrOnlyMended) {
    return {"systemd", Health::kWarn,
            absl::StrCat(why,
                         ", of a usr partition none: extgate's own look "
                         "is all there is"),
            "build images with a root partition, or take systemd 258 or later"};
  }
  return {"systemd", Health::kOk, why, ""};
}

Checkup ExamineVerity(const absl::Status& devices) {
  if (devices.ok()) return {"dm-verity", Health::kOk, "available", ""};
  if (absl::IsPermissionDenied(devices)) {
    return NotKnown("dm-verity", std::string(devices.message()), "ask as root");
  }
  return {"dm-verity", Health::kWarn,
          absl::StrCat("not available: ", devices.message()),
          "without the kernel's dm_verity systemd merges no image that has a "
          "hash tree"};
}

Checkup ExamineRoom(const std::string& what, const std::string& path,
                    const absl::StatusOr<Room>& room, uint64_t needed_bytes) {
  if (!room.ok())
    return NotKnown(what, std::string(room.status().message()), "");
  const std::string free =
      absl::StrCat(Megabytes(room->free_bytes), " free in ", path);
  if (!room->writable) {
    return {what, Health::kBad, absl::StrCat(path, " is read-only"),
            "mount it writable before systemd-sysext.service"};
  }
  if (room->free_bytes < needed_bytes) {
    return {
        what, Health::kBad,
        absl::StrCat(free, ", and ", Megabytes(needed_bytes), " are needed"),
        "make room, or mount more"};
  }
  return {what, Health::kOk, free, ""};
}

std::string ProbeFile(ProbeKind kind) {
  return absl::StrCat("extgate-probe-", ToWord(kind), ".raw");
}

Checkup ExamineDecision(ProbeKind kind, const Report& report,
                        const ScrubResult& scrub) {
  const std::string what = absl::StrCat("decides-", ToWord(kind));
  if (scrub.state == ScrubState::kUnreadable) {
    return NotKnown(what, scrub.detail, "install the package's probes");
  }
  const bool flipped = kind == ProbeKind::kBitFlipped;
  if (flipped != (scrub.state == ScrubState::kCorrupt)) {
    return {what, Health::kBad,
            absl::StrCat("the probe is ", ToWord(scrub.state),
                         scrub.detail.empty() ? "" : ": ", scrub.detail),
            "install the package's probes anew: somebody changed them, or "
            "extgate cannot tell"};
  }
  if (report.mode == Mode::kDisabled) {
    return {what, Health::kWarn, "disabled: it would be merged unchecked", ""};
  }
  if (flipped)
    return {what, Health::kOk, absl::StrCat("withheld: ", scrub.detail), ""};
  if (report.images.size() != 1)
    return NotKnown(what, "it was not decided", "");
  const ReportedImage& image = report.images[0];
  switch (image.verdict) {
    case Verdict::kUnchecked:
    case Verdict::kNotApplicable:
    case Verdict::kUnreadable:
      return NotKnown(what, ReasonText(image), "");
    case Verdict::kAllow:
      return {what, Health::kWarn,
              absl::StrCat("this machine's policy admits it: ",
                           image.rule.empty() ? "default" : image.rule),
              "`extgate explain unsigned` says what asks for signatures"};
    case Verdict::kDeny:
    case Verdict::kUnmergeable:
      break;
  }
  if (image.action == Action::kStage) {
    return {what, Health::kWarn,
            absl::StrCat("would be denied, and merged: ", ReasonText(image)),
            "`mode: enforcing` withholds it"};
  }
  return {what, Health::kOk, absl::StrCat("withheld: ", ReasonText(image)), ""};
}

Checkup ExamineMount(ProbeKind kind, const ProbeMount& mount,
                     const std::string& told, const ProbeMount& control,
                     Mode mode) {
  const std::string what = absl::StrCat("systemd-", ToWord(kind));
  if (mount.end == ProbeMount::End::kNotTried) {
    return NotKnown(what, mount.words, "");
  }
  if (control.end != ProbeMount::End::kServed) {
    return NotKnown(
        what,
        absl::StrCat("systemd mounts no sound image either: ", control.words),
        "");
  }
  switch (mount.end) {
    case ProbeMount::End::kNotTried:
      break;
    case ProbeMount::End::kRefused:
      return {what, Health::kOk, absl::StrCat("refused: ", mount.words), ""};
    case ProbeMount::End::kUnserved:
      return {what, Health::kOk,
              absl::StrCat("mounted, and not served: ", mount.words), ""};
    case ProbeMount::End::kServed:
      if (kind != ProbeKind::kBitFlipped && mode != Mode::kEnforcing) {
        return {what, Health::kWarn,
                absl::StrCat("served, as ", ToWord(mode), " told it: ", told),
                "`mode: enforcing` lets it check"};
      }
      return {what, Health::kBad, absl::StrCat("served, though told ", told),
              "only what extgate withholds is kept from this machine"};
  }
  return {};
}

Health WorstOf(const std::vector<Checkup>& checkups) {
  Health worst = Health::kOk;
  for (const Checkup& checkup : checkups) {
    worst = std::max(worst, checkup.health);
  }
  return worst;
}

std::string CheckupsToJson(const std::vector<Checkup>& checkups) {
  v1::Examination message;
  message.set_health(ToWord(WorstOf(checkups)));
  for (const Checkup& checkup : checkups) {
    v1::Checkup& out = *message.add_checkups();
    out.set_what(PrintableText(checkup.what));
    out.set_health(ToWord(checkup.health));
    out.set_why(PrintableText(checkup.why));
    out.set_remedy(PrintableText(checkup.remedy));
  }
  return MessageToJson(message, JsonLayout::kIndented);
}

}  // namespace extgate
