// Ways in: PredictStub and PredictionToJson.
#include "engine/pcr/prediction.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/utf16.h"
#include "engine/message_json.h"
#include "engine/pcr/bank_hasher.h"
#include "policy/printable.h"
#include "proto/measure.pb.h"

namespace extgate {
namespace {

constexpr int kParameters = 12;  // command line, credentials, confexts
constexpr int kExtensions = 13;
// Add-ons to a kernel image, of which command lines are measured too.
constexpr char kAddOn[] = ".addon.efi";

class Predictor {
 public:
  Predictor(const StubInputs& inputs, BankHasher& hasher)
      : inputs_(inputs), hasher_(hasher) {}

  absl::StatusOr<Prediction> Run(absl::Span<const PcrBank> banks) {
    CommandLine();
    for (const auto& [archive, word] : Words<StubArchive>::kTable) {
      const absl::Status status = Archive(archive);
      if (!status.ok()) return status;
    }
    TellPassedOver();
    for (const int pcr : {kParameters, kExtensions}) {
      if (prediction_.missing.count(pcr) > 0) continue;
      for (const PcrBank bank : banks) {
        prediction_.pcrs[pcr][bank] = Value(pcr, bank);
      }
    }
    return std::move(prediction_);
  }

 private:
  const std::vector<OfferedFile>& FilesOf(StubArchive archive) const {
    if (!IsGlobal(archive)) return inputs_.own;
    return archive == StubArchive::kGlobalCredentials
               ? inputs_.global_credentials
               : inputs_.global_extensions;
  }

  void CommandLine() {
    if (!inputs_.command_line.has_value()) {
      Miss("the command line that the boot loader passes");
    } else if (!inputs_.command_line->empty()) {
      // With the NUL at its end, which the stub's own documentation leaves out.
      const auto units = Utf8ToUtf16(*inputs_.command_line);
      hasher_.Update(BytesOf(units.value_or("")));
      Extend({kParameters, *inputs_.command_line, {}, hasher_.Finish()});
    }
    if (!inputs_.credentials_known) Miss("credentials");
    for (const OfferedFile& file : inputs_.own) {
      if (absl::EndsWithIgnoreCase(file.name, kAddOn)) {
        Miss(absl::StrCat("what the add-on `", file.name, "` brings"));
      }
    }
  }

  absl::Status Archive(StubArchive archive) {
    std::map<std::string, const OfferedFile*> taken;
    std::vector<std::string> names;
    for (const OfferedFile& file : FilesOf(archive)) {
      if (!WhyNotTaken(archive, file.name, inputs_.stub).empty()) continue;
      if (!taken.emplace(file.name, &file).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("there are two files `", file.name, "`"));
      }
      names.push_back(file.name);
    }
    if (names.empty()) return absl::OkStatus();  // the stub measures nothing
    SortAsTheStub(names);
    StubArchiveWriter writer(archive, [this](absl::Span<const uint8_t> bytes) {
      hasher_.Update(bytes);
    });
    for (const std::string& name : names) {
      auto file = taken[name]->open();
      if (!file.ok()) return file.status();
      const absl::Status status = writer.Add(name, **file);
      if (!status.ok()) return status;
    }
    writer.End();
    Extend({PcrOf(archive), DescriptionOf(archive), std::move(names),
            hasher_.Finish()});
    return absl::OkStatus();
  }

  // Those that no archive takes, with the reason of the archive of their kind.
  void TellPassedOver() {
    for (const auto& [archive, word] : Words<StubArchive>::kTable) {
      for (const OfferedFile& file : FilesOf(archive)) {
        const std::string why = WhyNotTaken(archive, file.name, inputs_.stub);
        if (why.empty() || why == kOfAnotherKind) continue;
        prediction_.remarks.push_back(
            absl::StrCat("`", file.name, "` is not measured: ", why));
      }
    }
  }

  void Miss(std::string part) {
    prediction_.missing[kParameters].push_back(std::move(part));
  }

  void Extend(MeasuredEvent event) {
    prediction_.events.push_back(std::move(event));
  }

  std::string Value(int pcr, PcrBank bank) const {
    std::string value = InitialPcr(bank);
    for (const MeasuredEvent& event : prediction_.events) {
      if (event.pcr != pcr) continue;
      value = ExtendPcr(bank, value, event.digests.at(bank));
    }
    return value;
  }

  const StubInputs& inputs_;
  BankHasher& hasher_;
  Prediction prediction_;
};

v1::BankDigests DigestsMessage(const std::map<PcrBank, std::string>& digests) {
  v1::BankDigests message;
  for (const auto& [bank, digest] : digests) {
    const std::string hex = absl::BytesToHexString(digest);
    switch (bank) {
      case PcrBank::kSha1:
        message.set_sha1(hex);
        break;
      case PcrBank::kSha256:
        message.set_sha256(hex);
        break;
      case PcrBank::kSha384:
        message.set_sha384(hex);
        break;
      case PcrBank::kSha512:
        message.set_sha512(hex);
        break;
    }
  }
  return message;
}

}  // namespace

absl::StatusOr<Prediction> PredictStub(const StubInputs& inputs,
                                       absl::Span<const PcrBank> banks) {
  auto hasher = BankHasher::Create(banks);
  if (!hasher.ok()) return hasher.status();
  return Predictor(inputs, **hasher).Run(banks);
}

std::string PredictionToJson(const Prediction& prediction) {
  v1::Prediction out;
  for (const auto& [pcr, digests] : prediction.pcrs) {
    (*out.mutable_pcrs())[absl::StrCat(pcr)] = DigestsMessage(digests);
  }
  for (const MeasuredEvent& event : prediction.events) {
    v1::MeasuredEvent* const measured = out.add_events();
    measured->set_pcr(static_cast<uint32_t>(event.pcr));
    measured->set_description(PrintableText(event.description));
    for (const std::string& file : event.files) {
      measured->add_files(PrintableText(file));
    }
    *measured->mutable_digest() = DigestsMessage(event.digests);
  }
  for (const auto& [pcr, parts] : prediction.missing) {
    for (const std::string& part : parts) {
      v1::MissingPart* const missing = out.add_missing();
      missing->set_pcr(static_cast<uint32_t>(pcr));
      missing->set_part(PrintableText(part));
    }
  }
  for (const std::string& remark : prediction.remarks) {
    out.add_remarks(PrintableText(remark));
  }
  return MessageToJson(out, JsonLayout::kIndented);
}

}  // namespace extgate
