// extgate measure verify: whether the TPM holds what was predicted.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/measure.h"
#include "adapters/cli/measure_text.h"
#include "adapters/file_image_reader.h"
#include "adapters/tpm.h"
#include "adapters/tpm_state.h"
#include "engine/crypto/libcrypto.h"
#include "engine/pcr/event_log.h"
#include "engine/pcr/verification.h"

namespace extgate {
namespace {

constexpr char kVerb[] = "measure verify";

absl::StatusOr<EventLog> LogIn(const std::string& path) {
  const auto bytes = ReadGiven(path, kMaxEventLog);
  if (!bytes.ok()) return bytes.status();
  return ParseEventLog(*bytes);
}

// What is known of a machine, besides the prediction.
struct Measured {
  std::optional<EventLog> log;
  HeldRegisters held;
};

absl::StatusOr<HeldRegisters> Registers(const Places& places,
                                        const VerifyOptions& options,
                                        const Prediction& prediction) {
  std::unique_ptr<Tpm> tpm;
  if (!options.tpm.empty()) {
    auto opened = Tpm::Open(options.tpm);
    if (!opened.ok()) return opened.status();
    tpm = *std::move(opened);
  }
  HeldRegisters registers;
  for (const auto& [pcr, values] : prediction.pcrs) {
    auto held = tpm != nullptr ? tpm->ReadPcr(options.bank, pcr)
                               : ReadRegister(places, options.bank, pcr);
    if (!held.ok()) return held.status();
    registers[pcr] = *std::move(held);
  }
  return registers;
}

absl::StatusOr<Measured> MeasuredHere(const Places& places,
                                      const VerifyOptions& options,
                                      const Prediction& prediction) {
  Measured measured;
  auto log = ReadFirmwareLog(places);
  // A TPM whose firmware logs nothing is still a TPM.
  if (!log.ok() && !absl::IsNotFound(log.status())) return log.status();
  if (log.ok()) measured.log = *std::move(log);
  auto held = Registers(places, options, prediction);
  if (!held.ok()) return held.status();
  measured.held = *std::move(held);
  return measured;
}

}  // namespace

int MeasureVerifyVerb(const GlobalOptions& global,
                      const VerifyOptions& options) {
  if (absl::Status status = LoadLibcrypto(); !status.ok()) {
    return Failed(kVerb, status);
  }
  const auto set = MeasuredSet::Open(options.set);
  if (!set.ok()) return Failed(kVerb, set.status());
  const PcrBank banks[] = {options.bank};
  const auto prediction = PredictStub((*set)->inputs(), banks);
  if (!prediction.ok()) return Failed(kVerb, prediction.status());
  Measured measured;
  if (!options.log.empty()) {
    auto log = LogIn(options.log);
    if (!log.ok()) return Failed(kVerb, log.status());
    measured.log = *std::move(log);
  } else {
    const auto places = Places::Open(global.places);
    if (!places.ok()) return Failed(kVerb, places.status());
    auto here = MeasuredHere(*places, options, *prediction);
    if (!here.ok()) return Failed(kVerb, here.status());
    measured = *std::move(here);
  }
  const Verification verification = VerifyPrediction(
      *prediction, options.bank,
      measured.log.has_value() ? &*measured.log : nullptr, measured.held);
  std::fputs(global.format == Format::kJson
                 ? VerificationToJson(verification).c_str()
                 : VerificationText(verification, ColourOf(stdout)).c_str(),
             stdout);
  return verification.differs ? kExitViolation : kExitDone;
}

}  // namespace extgate
