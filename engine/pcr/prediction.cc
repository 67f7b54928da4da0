// Ways in: PredictStub, OnlyOf, PredictionToJson, PredictionToPcrlock and
// PredictionToMessage.
#include "engine/pcr/prediction.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/utf16.h"
#include "engine/message_json.h"
#include "engine/pcr/add_ons.h"
#include "engine/pcr/bank_hasher.h"
#include "engine/pcr/pieces.h"
#include "engine/pcr/prediction_message.h"
#include "engine/pcr/uki_sections.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr char kSeparator[] = "os-separator";
constexpr int kSeparatorSince = 261;
constexpr uint64_t kZeros = uint64_t{1} << 20;  // bytes hashed at a time

// The first systemd-boot that leaves it to a kernel image without a description
// to take the command line that it carries.
constexpr int kOwnLineUntil = 255;

// Files of `extra` lines, as systemd-boot takes them.
constexpr uint32_t kInodesOfExtra = 3;
constexpr uint64_t kMostOfExtra = uint64_t{1536} * 1024 * 1024;  // bytes

struct ExtraKind {
  StubArchive archive;
  const char* suffix;
  const char* description;
};

// In the order in which they are measured.
constexpr ExtraKind kExtraKinds[] = {
    {StubArchive::kCredentials, ".cred", "Entry credentials initrd"},
    {StubArchive::kSysext, ".sysext.raw", "Entry system extension initrd"},
    {StubArchive::kConfext, ".confext.raw",
     "Entry configuration extension initrd"},
};

const ExtraKind* ExtraKindOf(absl::string_view name) {
  for (const ExtraKind& kind : kExtraKinds) {
    if (absl::EndsWithIgnoreCase(name, kind.suffix)) return &kind;
  }
  return nullptr;
}

// "" of one that is taken. A name may begin with a dot.
std::string WhyNoExtra(const OfferedFile& offered, ImageReader& file) {
  if (file.size_bytes() == 0) return "it is empty";
  if (file.size_bytes() > kMostOfExtra) return "it has more than 1.5 GiB";
  return WhyNoNameForStub(absl::StripPrefix(offered.name, "."));
}

// Whether every stub takes it as it is: some make blanks of control characters,
// others then take nothing, and blanks around it stay or go.
bool IsPlainLine(absl::string_view line) {
  const auto control = [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
  };
  return !absl::StartsWith(line, " ") && !absl::EndsWith(line, " ") &&
         std::none_of(line.begin(), line.end(), control);
}

class Predictor {
 public:
  Predictor(const StubInputs& inputs, BankHasher& hasher)
      : inputs_(inputs), hasher_(hasher) {}

  absl::StatusOr<Prediction> Run(absl::Span<const PcrBank> banks) {
    if (inputs_.kernel_image != nullptr) {
      const absl::Status status = KernelImage();
      if (!status.ok()) return status;
    }
    if (const absl::Status status = Extras(); !status.ok()) return status;
    if (const absl::Status status = Parameters(); !status.ok()) return status;
    if (const absl::Status status = AddOns(); !status.ok()) return status;
    for (const auto& [archive, word] : Words<StubArchive>::kTable) {
      const absl::Status status = Archive(archive);
      if (!status.ok()) return status;
    }
    if (const absl::Status status = AddedInitrds(); !status.ok()) {
      return status;
    }
    Separator();
    TellPassedOver();
    for (const int pcr : {kKernelImagePcr, kParametersPcr, kExtensionsPcr}) {
      if (prediction_.missing.count(pcr) > 0) continue;
      if (pcr == kKernelImagePcr && inputs_.kernel_image == nullptr) continue;
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

  absl::Status KernelImage() {
    ImageReader& image = *inputs_.kernel_image;
    const auto sections =
        MeasuredSections(image, inputs_.profile, inputs_.stub);
    if (!sections.ok()) return sections.status();
    for (const PeSection& section : *sections) {
      hasher_.Update(BytesOf(section.name));
      Nul();
      Extend({kKernelImagePcr, section.name, {}, hasher_.Finish()});
      const absl::Status status = Content(image, section);
      if (!status.ok()) return status;
      Extend({kKernelImagePcr, section.name, {}, hasher_.Finish()});
    }
    for (const std::string& word : PhaseWords(inputs_.phase)) {
      hasher_.Update(BytesOf(word));
      Extend({kKernelImagePcr, word, {}, hasher_.Finish(), true});
    }
    return absl::OkStatus();
  }

  // As it lies in memory: zeros follow what the file has.
  absl::Status Content(ImageReader& image, const PeSection& section) {
    const absl::Status status = ReadPieces(
        image, section.offset, section.size,
        [this](absl::Span<const uint8_t> piece) { hasher_.Update(piece); });
    if (!status.ok()) return status;
    uint64_t left = section.memory_size - section.size;
    const std::vector<uint8_t> zeros(std::min(left, kZeros));
    while (left > 0) {
      const auto part = absl::MakeConstSpan(zeros).first(
          std::min<uint64_t>(left, zeros.size()));
      hasher_.Update(part);
      left -= part.size();
    }
    return absl::OkStatus();
  }

  void Nul() { hasher_.Update(BytesOf(absl::string_view("\0", 1))); }

  // UTF-16 with the NUL at its end, which the stub's own documentation leaves
  // out.
  void ExtendText(absl::string_view utf8) {
    hasher_.Update(BytesOf(Utf8ToUtf16(utf8).value_or("")));
    Extend({kParametersPcr, std::string(utf8), {}, hasher_.Finish()});
  }

  // A file that an `extra` line names, of which systemd-boot makes inodes.
  struct Extra {
    std::string name;
    std::unique_ptr<ImageReader> file;
    uint32_t inode = 0;
  };

  // What systemd-boot packs, before it passes the command line. Each file takes
  // three inodes of one count: two directories, and itself.
  absl::Status Extras() {
    if (inputs_.extras.empty()) return absl::OkStatus();
    if (!inputs_.boot_loader.has_value()) {
      for (const int pcr : {kParametersPcr, kExtensionsPcr}) {
        prediction_.missing[pcr].push_back(absl::StrCat(
            "whether systemd-boot is of ", kExtrasSince,
            " or later and measures what `extra` of the entry names"));
      }
      return absl::OkStatus();
    }
    if (*inputs_.boot_loader < kExtrasSince) return absl::OkStatus();
    std::map<const ExtraKind*, std::vector<Extra>> taken;
    uint32_t inode = 1;
    for (const OfferedFile& offered : inputs_.extras) {
      auto file = offered.open();
      if (!file.ok() && !absl::IsNotFound(file.status())) return file.status();
      const ExtraKind* const kind = ExtraKindOf(offered.name);
      const std::string why = !file.ok()        ? "it is not there"
                              : kind == nullptr ? "it is of no kind that "
                                                  "systemd-boot takes"
                                                : WhyNoExtra(offered, **file);
      if (!why.empty()) {
        PassOver(offered.name, why);
        continue;
      }
      taken[kind].push_back({offered.name, *std::move(file), inode});
      inode += kInodesOfExtra;
    }
    for (const ExtraKind& kind : kExtraKinds) {
      const absl::Status status = PackExtras(kind, taken[&kind]);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status PackExtras(const ExtraKind& kind,
                          const std::vector<Extra>& extras) {
    if (extras.empty()) return absl::OkStatus();
    StubArchiveWriter writer(
        kind.archive,
        [this](absl::Span<const uint8_t> bytes) { hasher_.Update(bytes); },
        extras.front().inode);
    std::vector<std::string> names;
    for (const Extra& extra : extras) {
      if (!names.empty()) writer.Continue(extra.inode);
      const absl::Status status = writer.Add(extra.name, *extra.file);
      if (!status.ok()) return status;
      names.push_back(extra.name);
    }
    writer.End();
    Extend({PcrOf(kind.archive), kind.description, std::move(names),
            hasher_.Finish()});
    return absl::OkStatus();
  }

  // What boot loader and stub measure into register 12 before the archives: the
  // command line, each for itself, and which profile it is to be, which the
  // boot loader says at the beginning of that.
  absl::Status Parameters() {
    auto known = inputs_.command_line;
    if (known == "" && PassesItsOwn()) {
      const auto own = SectionText(".cmdline");
      if (!own.ok()) return own.status();
      known = std::string(absl::StripSuffix(own->value_or(""), "\n"));
    }
    const std::string line = known.value_or("");
    std::string passed = line;
    if (inputs_.profile != 0) {
      passed =
          absl::StrCat("@", inputs_.profile, line.empty() ? "" : " ", line);
    }
    if (!Utf8ToUtf16(passed).has_value()) {
      Miss("what a command line that is no UTF-8 becomes");
      return absl::OkStatus();
    }
    if (!passed.empty() && !inputs_.boot_loader.has_value()) {
      Miss("whether systemd-boot measures what it passes");
    } else if (!passed.empty() && *inputs_.boot_loader != 0) {
      ExtendText(passed);
    }
    if (inputs_.profile != 0) {
      ExtendText(absl::StrCat(inputs_.profile));
    }
    if (!known.has_value()) {
      Miss("the command line that the boot loader passes");
    } else if (!line.empty()) {
      const auto taken = TakesCommandLine();
      if (!taken.ok()) return taken.status();
      if (!taken->has_value()) {
        Miss(
            "whether Secure Boot is on, with which a kernel image that has a "
            "command line takes no other");
      } else if (**taken && !IsPlainLine(line)) {
        Miss(
            "what the stub makes of a command line with control characters, or "
            "with blanks around it");
      } else if (**taken) {
        ExtendText(line);
      }
    }
    if (!inputs_.credentials_known) Miss("credentials");
    return absl::OkStatus();
  }

  // Whether systemd-boot passes a kernel image the line that it carries.
  bool PassesItsOwn() const {
    return inputs_.is_its_own_entry && inputs_.kernel_image != nullptr &&
           inputs_.boot_loader.value_or(0) != 0 &&
           *inputs_.boot_loader < kOwnLineUntil;
  }

  // nullopt: it cannot be told.
  absl::StatusOr<std::optional<bool>> TakesCommandLine() {
    if (inputs_.secure_boot == false) return true;
    if (inputs_.kernel_image == nullptr) return std::nullopt;
    const auto own = SectionText(".cmdline");
    if (!own.ok()) return own.status();
    if (!own->has_value()) return true;
    if (!inputs_.secure_boot.has_value()) return std::nullopt;
    return false;
  }

  // The text of a section of the kernel image. nullopt: it has none.
  absl::StatusOr<std::optional<std::string>> SectionText(
      absl::string_view name) {
    ImageReader& image = *inputs_.kernel_image;
    const auto sections =
        MeasuredSections(image, inputs_.profile, inputs_.stub);
    if (!sections.ok()) return sections.status();
    for (const PeSection& section : *sections) {
      if (section.name != name) continue;
      auto text = ReadSectionText(image, section);
      if (!text.ok()) return text.status();
      return *std::move(text);
    }
    return std::nullopt;
  }

  // .uname of the kernel image; "": it has none. nullopt: it is not given.
  absl::StatusOr<std::optional<std::string>> KernelName() {
    if (inputs_.kernel_image == nullptr) return std::nullopt;
    const auto name = SectionText(".uname");
    if (!name.ok()) return name.status();
    return name->value_or("");
  }

  // The add-ons among `files`, in order; their command lines to `lines`.
  absl::Status ReadAddOns(const std::vector<OfferedFile>& files,
                          const std::optional<std::string>& kernel_name,
                          std::vector<std::string>& lines) {
    std::map<std::string, const OfferedFile*> taken;
    for (const OfferedFile& file : files) {
      if (!IsAddOnName(file.name)) continue;
      const std::string why = WhyNoNameForStub(file.name);
      if (!why.empty()) {
        PassOver(file.name, why);
      } else if (!taken.emplace(file.name, &file).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("there are two files `", file.name, "`"));
      }
    }
    for (const auto& [name, file] : taken) {
      auto reader = file->open();
      if (!reader.ok()) return reader.status();
      auto add_on = ReadAddOn(**reader, inputs_.stub, kernel_name);
      if (absl::IsUnavailable(add_on.status())) return add_on.status();
      if (!add_on.ok()) {
        Miss(absl::StrCat("what the add-on `", name,
                          "` brings: ", add_on.status().message()));
        continue;
      }
      if (!add_on->ignored.empty()) {
        PassOver(name, add_on->ignored);
        continue;
      }
      if (add_on->device_tree) {
        Miss(
            absl::StrCat("whether the firmware takes the device tree of the "
                         "add-on `",
                         name, "`"));
      }
      if (add_on->command_line.has_value()) {
        lines.push_back(*add_on->command_line);
      }
      add_ons_.push_back({name, *std::move(reader), *std::move(add_on)});
    }
    return absl::OkStatus();
  }

  // Reads all of them, and measures their command lines.
  absl::Status AddOns() {
    if (inputs_.stub < kAddOnsSince) return absl::OkStatus();
    if (!inputs_.add_ons_accepted) {
      for (const auto* files : {&inputs_.global_add_ons, &inputs_.own}) {
        for (const OfferedFile& file : *files) {
          if (!IsAddOnName(file.name)) continue;
          Miss(absl::StrCat("whether the firmware accepts the add-on `",
                            file.name, "`"));
        }
      }
      return absl::OkStatus();
    }
    const auto kernel_name = KernelName();
    if (!kernel_name.ok()) return kernel_name.status();
    std::vector<std::string> for_all;
    std::vector<std::string> own;
    absl::Status status =
        ReadAddOns(inputs_.global_add_ons, *kernel_name, for_all);
    if (status.ok()) status = ReadAddOns(inputs_.own, *kernel_name, own);
    if (!status.ok()) return status;
    for (const std::string& line :
         MeasuredCommandLines(for_all, own, inputs_.stub)) {
      ExtendText(line);
    }
    return absl::OkStatus();
  }

  // Of add-ons: microcode, the last first, then initrds.
  absl::Status AddedInitrds() {
    for (auto add_on = add_ons_.rbegin(); add_on != add_ons_.rend(); ++add_on) {
      const absl::Status status = Part(*add_on, add_on->taken.microcode);
      if (!status.ok()) return status;
    }
    for (const OpenAddOn& add_on : add_ons_) {
      const absl::Status status = Part(add_on, add_on.taken.initrd);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
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

  // In the registers of the stub that are asked about here.
  void Separator() {
    const bool known =
        inputs_.separator.has_value() || inputs_.stub < kSeparatorSince;
    for (const int pcr : {kParametersPcr, kExtensionsPcr}) {
      if (!known) {
        prediction_.missing[pcr].push_back(absl::StrCat(
            "whether systemd in the initrd is of ", kSeparatorSince,
            " or later and extends `", kSeparator, "`"));
      } else if (inputs_.separator.value_or(false)) {
        hasher_.Update(BytesOf(kSeparator));
        Extend({pcr, kSeparator, {}, hasher_.Finish(), true});
      }
    }
  }

  // Those that no archive takes, with the reason of the archive of their kind.
  void TellPassedOver() {
    for (const auto* files : {&inputs_.own, &inputs_.global_credentials,
                              &inputs_.global_extensions}) {
      for (const OfferedFile& file : *files) {
        const std::string why = WhyPassedOver(file, *files);
        if (!why.empty()) PassOver(file.name, why);
      }
    }
  }

  void PassOver(absl::string_view name, absl::string_view why) {
    prediction_.remarks.push_back(
        absl::StrCat("`", name, "` is not measured: ", why));
  }

  // "" of one that is measured, and of an add-on, of which that is told as it
  // is read.
  std::string WhyPassedOver(const OfferedFile& file,
                            const std::vector<OfferedFile>& files) const {
    if (IsAddOnName(file.name) && inputs_.stub >= kAddOnsSince) return "";
    std::string found = "it is no image and no credential";
    for (const auto& [archive, word] : Words<StubArchive>::kTable) {
      if (&FilesOf(archive) != &files) continue;
      std::string why = WhyNotTaken(archive, file.name, inputs_.stub);
      if (why.empty()) return "";
      if (why != kOfAnotherKind) found = std::move(why);
    }
    return found;
  }

  void Miss(std::string part) {
    prediction_.missing[kParametersPcr].push_back(std::move(part));
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

  struct OpenAddOn {
    std::string name;
    std::unique_ptr<ImageReader> file;
    AddOn taken;
  };

  // One section of an add-on, as an event.
  absl::Status Part(const OpenAddOn& add_on,
                    const std::optional<PeSection>& section) {
    if (!section.has_value()) return absl::OkStatus();
    const absl::Status status = Content(*add_on.file, *section);
    if (status.ok()) {
      Extend({kParametersPcr, add_on.name, {add_on.name}, hasher_.Finish()});
    }
    return status;
  }

  const StubInputs& inputs_;
  BankHasher& hasher_;
  std::vector<OpenAddOn> add_ons_;
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

void PredictionToMessage(const Prediction& prediction, v1::Prediction& out) {
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
}

Prediction OnlyOf(Prediction prediction, const std::set<int>& pcrs) {
  const auto other = [&](const auto& of) { return pcrs.count(of.first) == 0; };
  std::erase_if(prediction.pcrs, other);
  std::erase_if(prediction.missing, other);
  std::erase_if(prediction.events, [&](const MeasuredEvent& event) {
    return pcrs.count(event.pcr) == 0;
  });
  for (const int pcr : pcrs) {
    if (prediction.pcrs.count(pcr) > 0 || prediction.missing.count(pcr) > 0) {
      continue;
    }
    prediction.missing[pcr].emplace_back("the kernel image");
  }
  return prediction;
}

std::string PredictionToJson(const Prediction& prediction) {
  v1::Prediction out;
  PredictionToMessage(prediction, out);
  return MessageToJson(out, JsonLayout::kIndented);
}

std::string PredictionToPcrlock(const Prediction& prediction) {
  std::string records;
  for (const MeasuredEvent& event : prediction.events) {
    std::string digests;
    for (const auto& [bank, digest] : event.digests) {
      absl::StrAppend(&digests, digests.empty() ? "" : ",", R"({"hashAlg":")",
                      ToWord(bank), R"(","digest":")",
                      absl::BytesToHexString(digest), R"("})");
    }
    absl::StrAppend(&records, records.empty() ? "" : ",", R"({"pcr":)",
                    event.pcr, R"(,"digests":[)", digests, "]}");
  }
  return absl::StrCat(R"({"records":[)", records, "]}\n");
}

}  // namespace extgate
