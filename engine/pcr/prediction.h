// What the TPM holds once a kernel image was started with a set of files beside
// it: the registers, and the events that made them.
#ifndef EXTGATE_ENGINE_PCR_PREDICTION_H_
#define EXTGATE_ENGINE_PCR_PREDICTION_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/image/image_reader.h"
#include "engine/pcr/pcr_bank.h"
#include "engine/pcr/stub_archive.h"

namespace extgate {

// The first systemd-boot that packs and measures what `extra` lines name.
inline constexpr int kExtrasSince = 261;

// A file that the stub may find.
struct OfferedFile {
  std::string name;  // as the firmware has it; without a directory
  std::function<absl::StatusOr<std::unique_ptr<ImageReader>>()> open;
  std::string path = {};  // where it is read, for people; "": nobody asks
};

// What a stub finds when it starts.
struct StubInputs {
  int stub = 0;  // version of systemd
  // In the directory beside its kernel image, in /loader/extensions,
  // /loader/credentials and /loader/addons of its partition; in any order.
  std::vector<OfferedFile> own;
  std::vector<OfferedFile> global_extensions;
  std::vector<OfferedFile> global_credentials;
  std::vector<OfferedFile> global_add_ons;
  // The firmware loads each of the add-ons: they are for its machine and, with
  // Secure Boot on, signed by who it trusts. It passes over what it does not
  // load, and nobody can tell beforehand.
  bool add_ons_accepted = false;
  // Which version of systemd-boot starts it; 0: something else does. nullopt:
  // not known. Each measures what it passes, as the stub does after it.
  std::optional<int> boot_loader;
  // What the `extra` lines of the boot entry name, in their order; see
  // kExtrasSince.
  std::vector<OfferedFile> extras;
  // What the boot loader passes as command line; "": none. nullopt: not known.
  // With Secure Boot a stub takes none where its kernel image has one.
  std::optional<std::string> command_line;
  std::optional<bool> secure_boot;  // nullopt: not known
  // The boot entry is the kernel image itself, without a description: up to 254
  // systemd-boot passes it the line that it carries, where it passes no other.
  bool is_its_own_entry = false;
  // Whether all credentials are among the above.
  bool credentials_known = false;
  // The kernel image itself, for register 11, which must outlive the call;
  // nullptr: not given. Which of its profiles is started, from 0.
  ImageReader* kernel_image = nullptr;
  int profile = 0;
  // Whether systemd in the initrd extends "os-separator" before a disk is
  // unlocked, as that of 261 and later does where the kernel image was measured
  // (systemd-pcrosseparator.service). nullopt: not known, which matters only
  // where the stub is of such a version.
  std::optional<bool> separator;
  // How far the boot has come: "enter-initrd:leave-initrd"; "" is before any.
  std::string phase = "enter-initrd";
};

// One thing that was extended into a register.
struct MeasuredEvent {
  int pcr = 0;
  std::string description;         // as in the event log
  std::vector<std::string> files;  // in it, in order
  std::map<PcrBank, std::string> digests;
  // systemd measures it once the kernel runs: no firmware logs that.
  bool by_system = false;
};

struct Prediction {
  // Registers 12 and 13, and 11 where the kernel image is known, by number; one
  // without an event holds zeros. One that a part is missing of is not there.
  std::map<int, std::map<PcrBank, std::string>> pcrs;
  std::vector<MeasuredEvent> events;  // those of one register in their order
  // What of a register was not given, by its number: a value without it would
  // be an assumption.
  std::map<int, std::vector<std::string>> missing;
  // Files that the stub passes over, and why.
  std::vector<std::string> remarks;
};

// Reads each file that is taken once, from its beginning to its end.
// Unavailable and others of `open`, ImageReader::ReadAt and MeasuredSections();
// InvalidArgument: a file that no stub packs, two files of one name in one
// directory; FailedPrecondition: the system has no libcrypto.
absl::StatusOr<Prediction> PredictStub(const StubInputs& inputs,
                                       absl::Span<const PcrBank> banks);

// What `prediction` says of the registers `pcrs`. One of them of which it says
// nothing, since a kernel image would have to be known, is missing.
Prediction OnlyOf(Prediction prediction, const std::set<int>& pcrs);

// One object, two spaces deep, ending in a newline (proto/measure.proto).
std::string PredictionToJson(const Prediction& prediction);

// A component of systemd-pcrlock: a record for each event, one line of JSON.
// Source: systemd-pcrlock(8), TCG Canonical Event Log.
std::string PredictionToPcrlock(const Prediction& prediction);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_PREDICTION_H_
