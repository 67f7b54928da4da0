// extgate measure verify: whether the TPM holds what was predicted.
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/measure.h"
#include "adapters/cli/measure_text.h"
#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"
#include "adapters/measurement_log.h"
#include "adapters/tpm.h"
#include "adapters/tpm_state.h"
#include "engine/crypto/libcrypto.h"
#include "engine/pcr/decision_verification.h"
#include "engine/pcr/event_log.h"
#include "engine/pcr/quote.h"
#include "engine/pcr/signed_policy.h"
#include "engine/pcr/userspace_log.h"
#include "engine/pcr/verification.h"

namespace extgate {
namespace {

constexpr char kVerb[] = "measure verify";
constexpr absl::Duration kLogPatience = absl::Seconds(5);
constexpr uint64_t kMaxQuoteFile = uint64_t{64} * 1024;      // bytes
constexpr uint64_t kMaxReport = uint64_t{64} * 1024 * 1024;  // bytes

// What is known of a machine, besides the prediction.
struct Measured {
  std::optional<EventLog> log;
  HeldRegisters held;
  OtherRegisters others = OtherRegisters::kByLog;
  DecisionEvidence decisions;
  std::vector<std::string> remarks;
  bool refuted = false;  // it differs, whatever the registers hold
};

const EventLog* LogOf(const Measured& measured) {
  return measured.log.has_value() ? &*measured.log : nullptr;
}

// What makes the machine another one than it should be.
void Refute(std::string why, Measured& measured) {
  measured.refuted = true;
  measured.remarks.push_back(std::move(why));
}

// Nothing, where it is the decision that is asked about, and nothing is said of
// what the stub found.
absl::StatusOr<Prediction> Predicted(const VerifyOptions& options) {
  const MeasuredSetOptions& set = options.set;
  MeasuredSetOptions nothing;
  nothing.phase = set.phase;
  if (options.decision && set == nothing && options.pcrs.empty()) {
    return Prediction();
  }
  const auto opened = MeasuredSet::Open(set);
  if (!opened.ok()) return opened.status();
  const PcrBank banks[] = {options.bank};
  auto prediction = PredictStub((*opened)->inputs(), banks);
  if (!prediction.ok() || options.pcrs.empty()) return prediction;
  const auto pcrs = ParsePcrSet(options.pcrs);
  if (!pcrs.ok()) return pcrs.status();
  return OnlyOf(*std::move(prediction), *pcrs);
}

// ---- this machine -----------------------------------------------------------

// What systemd and extgate measured, and the report that is kept.
absl::StatusOr<DecisionEvidence> DecisionsHere(Machine& machine) {
  DecisionEvidence evidence;
  const auto text = ReadMeasurementLog(machine.places(), kLogPatience);
  if (absl::IsNotFound(text.status())) return evidence;
  if (!text.ok()) return text.status();
  auto events = ParseUserspaceLog(text->bytes);
  if (!events.ok()) return AtPath(kMeasurementLog, events.status());
  evidence.events = *std::move(events);
  evidence.complete = text->complete;
  auto report = machine.ports().staging.ReadReport();
  if (report.ok()) {
    evidence.report = *std::move(report);
  } else if (!absl::IsNotFound(report.status())) {
    return report.status();
  }
  return evidence;
}

absl::StatusOr<HeldRegisters> Registers(const Places& places,
                                        const VerifyOptions& options,
                                        const std::set<int>& wanted) {
  std::unique_ptr<Tpm> tpm;
  if (!options.tpm.empty()) {
    auto opened = Tpm::Open(options.tpm);
    if (!opened.ok()) return opened.status();
    tpm = *std::move(opened);
  }
  HeldRegisters registers;
  for (const int pcr : wanted) {
    auto held = tpm != nullptr ? tpm->ReadPcr(options.bank, pcr)
                               : ReadRegister(places, options.bank, pcr);
    if (!held.ok()) return held.status();
    registers[pcr] = *std::move(held);
  }
  return registers;
}

absl::StatusOr<Measured> MeasuredHere(Machine& machine,
                                      const VerifyOptions& options,
                                      const Prediction& prediction) {
  Measured measured;
  auto log = ReadFirmwareLog(machine.places());
  // A TPM whose firmware logs nothing is still a TPM.
  if (!log.ok() && !absl::IsNotFound(log.status())) return log.status();
  if (log.ok()) measured.log = *std::move(log);
  auto decisions = DecisionsHere(machine);
  if (!decisions.ok()) return decisions.status();
  measured.decisions = *std::move(decisions);
  std::set<int> wanted = DecisionRegisters(measured.decisions.events);
  if (!wanted.empty() && !measured.decisions.report.has_value()) {
    Refute("there is no report of the last decision that was measured",
           measured);
  }
  for (const auto& [pcr, values] : prediction.pcrs) wanted.insert(pcr);
  auto held = Registers(machine.places(), options, wanted);
  if (!held.ok()) return held.status();
  measured.held = *std::move(held);
  return measured;
}

// ---- another one, by files --------------------------------------------------

// Registers that the logs make, where the TPM has signed that it holds these.
absl::Status TakeQuoted(const VerifyOptions& options, Measured& measured) {
  std::string parts[3];
  const std::string* const files[] = {&options.quote, &options.quote_signature,
                                      &options.quote_key};
  for (size_t i = 0; i < std::size(files); ++i) {
    auto bytes = ReadGiven(*files[i], kMaxQuoteFile);
    if (!bytes.ok()) return bytes.status();
    parts[i] = *std::move(bytes);
  }
  const auto quote = ParseQuote(parts[0]);
  if (!quote.ok()) return AtPath(options.quote, quote.status());
  const auto algorithm = CheckQuote(parts[0], parts[1], parts[2]);
  if (absl::IsPermissionDenied(algorithm.status())) {
    Refute(std::string(
               AtPath(options.quote_signature, algorithm.status()).message()),
           measured);
    return absl::OkStatus();
  }
  if (!algorithm.ok()) {
    return AtPath(options.quote_signature, algorithm.status());
  }
  if (options.nonce.empty()) {
    measured.remarks.push_back(
        "without --nonce nobody knows when the quote was made");
  } else if (quote->nonce != absl::HexStringToBytes(options.nonce)) {
    Refute("the quote was made for another nonce", measured);
    return absl::OkStatus();
  }
  const auto by_logs = [&measured](PcrBank bank, int pcr) {
    return WithUserspace(measured.decisions.events, bank, pcr,
                         ReplayPcr(*measured.log, bank, pcr));
  };
  if (QuotedDigest(*quote, *algorithm, by_logs) != quote->digest) {
    Refute("by its quote the TPM held other values than these logs make",
           measured);
    return absl::OkStatus();
  }
  for (const auto& [bank, registers] : quote->registers) {
    measured.remarks.push_back(absl::StrCat(
        "the quote is of ", ToWord(bank), ":", absl::StrJoin(registers, "+")));
    if (bank != options.bank) continue;
    for (const int pcr : registers) measured.held[pcr] = by_logs(bank, pcr);
  }
  return absl::OkStatus();
}

absl::StatusOr<Measured> MeasuredThere(const VerifyOptions& options) {
  Measured measured;
  const auto bytes = ReadGiven(options.log, kMaxEventLog);
  if (!bytes.ok()) return bytes.status();
  auto log = ParseEventLog(*bytes);
  if (!log.ok()) return AtPath(options.log, log.status());
  measured.log = *std::move(log);
  if (!options.system_log.empty()) {
    const auto text = ReadGiven(options.system_log, kMaxUserspaceLog);
    if (!text.ok()) return text.status();
    auto events = ParseUserspaceLog(*text);
    if (!events.ok()) return AtPath(options.system_log, events.status());
    measured.decisions.events = *std::move(events);
  }
  if (!options.report.empty()) {
    auto report = ReadGiven(options.report, kMaxReport);
    if (!report.ok()) return report.status();
    measured.decisions.report = *std::move(report);
  }
  if (options.quote.empty()) {
    measured.remarks.push_back(
        "without --quote nobody vouches for what the logs say");
  } else {
    measured.others = OtherRegisters::kNothing;
    if (absl::Status taken = TakeQuoted(options, measured); !taken.ok()) {
      return taken;
    }
  }
  return measured;
}

absl::StatusOr<Measured> MeasuredBy(const GlobalOptions& global,
                                    const VerifyOptions& options,
                                    const Prediction& prediction) {
  if (!options.log.empty()) return MeasuredThere(options);
  const auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return machine.status();
  return MeasuredHere(**machine, options, prediction);
}

}  // namespace

int MeasureVerifyVerb(const GlobalOptions& global,
                      const VerifyOptions& options) {
  if (absl::Status status = LoadLibcrypto(); !status.ok()) {
    return Failed(kVerb, status);
  }
  const auto prediction = Predicted(options);
  if (!prediction.ok()) return Failed(kVerb, prediction.status());
  auto measured = MeasuredBy(global, options, *prediction);
  if (!measured.ok()) return Failed(kVerb, measured.status());
  if (options.decision) measured->decisions.required = options.decision_pcr;
  Verification verification =
      VerifyPrediction(*prediction, options.bank, LogOf(*measured),
                       measured->held, measured->others);
  AddDecisions(measured->decisions, options.bank, LogOf(*measured),
               measured->held, verification);
  verification.differs |= measured->refuted;
  for (std::string& remark : measured->remarks) {
    verification.remarks.push_back(std::move(remark));
  }
  std::fputs(global.format == Format::kJson
                 ? VerificationToJson(verification).c_str()
                 : VerificationText(verification, ColourOf(stdout)).c_str(),
             stdout);
  return verification.differs ? kExitViolation : kExitDone;
}

}  // namespace extgate
