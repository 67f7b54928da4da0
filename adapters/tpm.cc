// Way in: Tpm::Open. Commands are Esys', the way to the TPM is our own.
#include "adapters/tpm.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/libtss2.h"
#include "adapters/tpm_channel.h"

namespace extgate {
namespace {

using Clock = TpmChannel::Clock;

// Between two tries: doubled each time, up to the last.
constexpr std::chrono::milliseconds kFirstPause{10};
constexpr std::chrono::milliseconds kLastPause{100};

// Any; what is not ours has another.
constexpr uint64_t kTctiMagic = 0x6578746761746501;

TSS2_RC Transmit(TSS2_TCTI_CONTEXT* context, size_t size,
                 const uint8_t* command);
TSS2_RC Receive(TSS2_TCTI_CONTEXT* context, size_t* size, uint8_t* answer,
                int32_t timeout);

// The way to a TPM as tpm2-tss calls it (TSS 2.0 TCTI Specification). What goes
// wrong is kept, as a code says less.
struct ChannelTcti : TSS2_TCTI_CONTEXT_COMMON_V1 {
  explicit ChannelTcti(std::unique_ptr<TpmChannel> way)
      : TSS2_TCTI_CONTEXT_COMMON_V1{}, channel(std::move(way)) {
    magic = kTctiMagic;
    version = 1;
    transmit = Transmit;
    receive = Receive;
  }

  TSS2_TCTI_CONTEXT* context() {
    return reinterpret_cast<TSS2_TCTI_CONTEXT*>(
        static_cast<TSS2_TCTI_CONTEXT_COMMON_V1*>(this));
  }
  static ChannelTcti& Of(TSS2_TCTI_CONTEXT* context) {
    return *static_cast<ChannelTcti*>(
        reinterpret_cast<TSS2_TCTI_CONTEXT_COMMON_V1*>(context));
  }

  std::unique_ptr<TpmChannel> channel;
  Clock::time_point deadline;  // of the answer
  absl::StatusOr<std::string> answer;
};

TSS2_RC Transmit(TSS2_TCTI_CONTEXT* context, size_t size,
                 const uint8_t* command) {
  ChannelTcti& tcti = ChannelTcti::Of(context);
  tcti.answer = tcti.channel->Transact({command, size}, tcti.deadline);
  return tcti.answer.ok() ? TSS2_RC_SUCCESS : TSS2_TCTI_RC_IO_ERROR;
}

// Null for `answer` asks how long it is. It is there already.
TSS2_RC Receive(TSS2_TCTI_CONTEXT* context, size_t* size, uint8_t* answer,
                int32_t /*timeout*/) {
  const ChannelTcti& tcti = ChannelTcti::Of(context);
  if (!tcti.answer.ok()) return TSS2_TCTI_RC_IO_ERROR;
  const size_t room = std::exchange(*size, tcti.answer->size());
  if (answer == nullptr) return TSS2_RC_SUCCESS;
  if (*size > room) return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
  std::memcpy(answer, tcti.answer->data(), *size);
  return TSS2_RC_SUCCESS;
}

// Behind a resource manager a TPM's words are in a layer of their own: in one
// for Linux, in another one for tpm2-tss.
TSS2_RC WithoutManager(TSS2_RC error) {
  const TSS2_RC layer = error & TSS2_RC_LAYER_MASK;
  return layer == TSS2_RESMGR_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER
             ? error & ~TSS2_RC_LAYER_MASK
             : error;
}

// What a TPM says that could not begin yet, or not end.
bool IsBusy(TSS2_RC error) {
  return error == TPM2_RC_RETRY || error == TPM2_RC_YIELDED ||
         error == TPM2_RC_TESTING;
}

absl::Status CheckPcr(int pcr) {
  if (pcr >= 0 && pcr < kPcrCount) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a TPM has no register ", pcr));
}

bool HasAny(const TPMS_PCR_SELECTION& selection) {
  return std::any_of(selection.pcrSelect,
                     selection.pcrSelect + selection.sizeofSelect,
                     [](BYTE bits) { return bits != 0; });
}

class EsysTpm : public Tpm {
 public:
  EsysTpm(const Libtss2& lib, std::unique_ptr<TpmChannel> channel,
          std::chrono::nanoseconds patience)
      : lib_(lib), patience_(patience), tcti_(std::move(channel)) {}
  ~EsysTpm() override { lib_.Esys_Finalize(&esys_); }

  // Before all others, once.
  absl::Status Start();

  absl::StatusOr<std::vector<PcrBank>> Banks() override { return banks_; }
  absl::StatusOr<std::string> ReadPcr(PcrBank bank, int pcr) override;
  absl::Status Extend(int pcr,
                      const std::map<PcrBank, std::string>& digests) override;

 private:
  // Calls `command`, which gives Esys' result, as long as the TPM is busy.
  template <typename Command>
  absl::Status Run(absl::string_view what, Command&& command);

  // Takes what Esys has allocated.
  template <typename T>
  std::unique_ptr<T, decltype(Libtss2::Esys_Free)> Owned(T* object) {
    return {object, lib_.Esys_Free};
  }

  const Libtss2& lib_;
  const std::chrono::nanoseconds patience_;
  ChannelTcti tcti_;
  ESYS_CONTEXT* esys_ = nullptr;
  absl::Status broken_;         // of the channel; Esys is out of step then
  std::vector<PcrBank> banks_;  // active ones, sorted
  std::optional<TPMI_ALG_HASH> unknown_bank_;  // an active one of these
};

template <typename Command>
absl::Status EsysTpm::Run(absl::string_view what, Command&& command) {
  if (!broken_.ok()) return broken_;
  const Clock::time_point last = Clock::now() + patience_;
  std::chrono::milliseconds pause = kFirstPause;
  while (true) {
    tcti_.deadline = Clock::now() + patience_;
    tcti_.answer = std::string();
    const TSS2_RC error = WithoutManager(command());
    if (error == TSS2_RC_SUCCESS) return absl::OkStatus();
    if (!tcti_.answer.ok()) {
      broken_ = tcti_.answer.status();
      return broken_;
    }
    if (!IsBusy(error) || Clock::now() + pause > last) {
      return absl::UnavailableError(
          absl::StrCat("the TPM at ", tcti_.channel->path(), " does not ", what,
                       ": ", lib_.Words(error)));
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, kLastPause);
  }
}

absl::Status EsysTpm::Start() {
  const absl::Status started = Run("start", [this] {
    return lib_.Esys_Initialize(&esys_, tcti_.context(), nullptr);
  });
  if (!started.ok()) return started;
  TPMS_CAPABILITY_DATA* data = nullptr;
  const absl::Status said = Run("say which banks it has", [this, &data] {
    TPMI_YES_NO more = TPM2_NO;
    return lib_.Esys_GetCapability(esys_, ESYS_TR_NONE, ESYS_TR_NONE,
                                   ESYS_TR_NONE, TPM2_CAP_PCRS, 0, 1, &more,
                                   &data);
  });
  if (!said.ok()) return said;
  const auto owned = Owned(data);
  if (data->capability != TPM2_CAP_PCRS) {
    return absl::UnavailableError(
        absl::StrCat("the TPM at ", tcti_.channel->path(),
                     " does not say which banks it has"));
  }
  const TPML_PCR_SELECTION& all = data->data.assignedPCR;
  for (UINT32 i = 0; i < all.count; ++i) {
    const TPMS_PCR_SELECTION& selection = all.pcrSelections[i];
    if (!HasAny(selection)) continue;
    if (const auto bank = BankOfAlgorithm(selection.hash)) {
      banks_.push_back(*bank);
    } else {
      unknown_bank_ = selection.hash;
    }
  }
  std::sort(banks_.begin(), banks_.end());
  return absl::OkStatus();
}

absl::StatusOr<std::string> EsysTpm::ReadPcr(PcrBank bank, int pcr) {
  if (absl::Status there = CheckPcr(pcr); !there.ok()) return there;
  TPML_PCR_SELECTION selection = {};
  selection.count = 1;
  selection.pcrSelections[0].hash = TpmAlgorithm(bank);
  selection.pcrSelections[0].sizeofSelect = kPcrCount / 8;
  selection.pcrSelections[0].pcrSelect[pcr / 8] =
      static_cast<BYTE>(1 << pcr % 8);
  TPML_DIGEST* values = nullptr;
  const absl::Status read = Run(absl::StrCat("read register ", pcr), [&] {
    return lib_.Esys_PCR_Read(esys_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                              &selection, nullptr, nullptr, &values);
  });
  if (!read.ok()) return read;
  const auto owned = Owned(values);
  if (values->count == 0) {
    return absl::NotFoundError(
        absl::StrCat("the TPM has no register ", pcr, " of ", ToWord(bank)));
  }
  if (values->count > 1 || values->digests[0].size != DigestSize(bank)) {
    return absl::UnavailableError(
        absl::StrCat("the TPM at ", tcti_.channel->path(),
                     " gives no digest for register ", pcr));
  }
  return std::string(reinterpret_cast<const char*>(values->digests[0].buffer),
                     values->digests[0].size);
}

absl::Status EsysTpm::Extend(int pcr,
                             const std::map<PcrBank, std::string>& digests) {
  if (absl::Status there = CheckPcr(pcr); !there.ok()) return there;
  if (unknown_bank_.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the TPM has a bank of algorithm 0x",
                     absl::Hex(*unknown_bank_), ", which is not known here"));
  }
  TPML_DIGEST_VALUES values = {};
  for (const PcrBank bank : banks_) {
    const auto digest = digests.find(bank);
    if (digest == digests.end() || digest->second.size() != DigestSize(bank)) {
      return absl::InvalidArgumentError(absl::StrCat(
          digest == digests.end() ? "no digest" : "a digest of another size",
          " for bank ", ToWord(bank)));
    }
    TPMT_HA& value = values.digests[values.count++];
    value.hashAlg = TpmAlgorithm(bank);
    std::memcpy(&value.digest, digest->second.data(), digest->second.size());
  }
  return Run(absl::StrCat("extend register ", pcr), [&] {
    return lib_.Esys_PCR_Extend(esys_, ESYS_TR_PCR0 + static_cast<ESYS_TR>(pcr),
                                ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                &values);
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tpm>> Tpm::Open(const std::string& device,
                                               absl::Duration patience) {
  const auto nanoseconds = absl::ToChronoNanoseconds(patience);
  auto channel = TpmChannel::Open(device, Clock::now() + nanoseconds);
  if (!channel.ok()) return channel.status();
  const auto lib = LoadLibtss2();
  if (!lib.ok()) return lib.status();
  auto tpm = std::make_unique<EsysTpm>(**lib, *std::move(channel), nanoseconds);
  if (absl::Status started = tpm->Start(); !started.ok()) return started;
  return tpm;
}

}  // namespace extgate
