// Way in: TpmMeasurement::Extend.
#include "adapters/tpm_measurement.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <ctime>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "adapters/measurement_log.h"
#include "adapters/unique_fd.h"
#include "adapters/varlink_call.h"
#include "engine/crypto/libcrypto.h"
#include "engine/pcr/userspace_log.h"

namespace extgate {
namespace {

constexpr char kService[] = "systemd/io.systemd.PCRExtend";
constexpr char kMethod[] = "io.systemd.PCRExtend.Extend";
constexpr char kBootId[] = "/proc/sys/kernel/random/boot_id";
constexpr uint64_t kBootIdBytes = 64;

bool IsSameFile(int fd, const char* path) {
  struct stat one, other;
  return fstat(fd, &one) == 0 && stat(path, &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// The TPM in dev/ of `places`.
absl::StatusOr<std::unique_ptr<Tpm>> OpenTpm(const Places& places,
                                             absl::Duration patience) {
  const HostPath folder = places.Find("/dev");
  const auto dev = folder.root->OpenAt(folder.path, O_PATH | O_DIRECTORY);
  if (!dev.ok()) return dev.status();
  if (IsSameFile(dev->get(), "/dev")) return Tpm::Open("", patience);
  const std::string open = absl::StrCat("/proc/self/fd/", dev->get());
  for (const char* const name : {"/tpmrm0", "/tpm0"}) {
    auto tpm = Tpm::Open(open + name, patience);
    if (!absl::IsNotFound(tpm.status())) return tpm;
  }
  return absl::NotFoundError(
      absl::StrCat("there is no TPM in `", folder.path, "`"));
}

// What the port has no word for is Unavailable.
absl::Status AsOfThePort(const absl::Status& status) {
  if (absl::IsNotFound(status) || absl::IsFailedPrecondition(status)) {
    return status;
  }
  return absl::UnavailableError(status.message());
}

// As systemd writes it: without hyphens. Zeros where it cannot be read.
std::string BootId(const Places& places) {
  const HostPath file = places.Find(kBootId);
  const auto text = file.root->ReadSmallFile(file.path, kBootIdBytes);
  return text.ok() ? absl::StrReplaceAll(absl::StripAsciiWhitespace(*text),
                                         {{"-", ""}})
                   : std::string(32, '0');
}

uint64_t MicrosecondsSinceBoot() {
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000 +
         static_cast<uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace

absl::Status TpmMeasurement::Extend(const MeasureTarget& target,
                                    absl::string_view text) {
  return target.pcr.has_value() ? ExtendRegister(*target.pcr, text)
                                : ExtendNvPcr(target.nvpcr, text);
}

absl::Status TpmMeasurement::ExtendRegister(int pcr, absl::string_view text) {
  if (absl::Status loaded = LoadLibcrypto(); !loaded.ok()) return loaded;
  const auto tpm = OpenTpm(places_, patience_);
  if (!tpm.ok()) return AsOfThePort(tpm.status());
  const auto banks = (*tpm)->Banks();
  if (!banks.ok()) return banks.status();
  UserspaceEvent event;
  event.pcr = pcr;
  event.text = std::string(text);
  event.digests = DigestsOfText(*banks, text);
  auto log = MeasurementLog::Open(places_, patience_);
  if (!log.ok()) return log.status();
  const absl::Status extended = (*tpm)->Extend(pcr, event.digests);
  // Of the others it is not known whether one was.
  if (!extended.ok() && !absl::IsUnavailable(extended)) {
    log->GiveUp().IgnoreError();
  }
  if (!extended.ok()) return AsOfThePort(extended);
  return log->Append(
      UserspaceRecord(event, BootId(places_), MicrosecondsSinceBoot()));
}

absl::Status TpmMeasurement::ExtendNvPcr(const std::string& name,
                                         absl::string_view text) {
  const absl::Status called = CallVarlink(
      places_.run() / kService, kMethod,
      absl::StrCat("{\"nvpcr\":\"", name, "\",\"text\":\"", text, "\"}"),
      patience_);
  if (absl::IsNotFound(called)) {
    return absl::NotFoundError(absl::StrCat(
        "systemd offers no NvPCRs here, as it does from 260 on after a boot "
        "that was measured: ",
        called.message()));
  }
  return called;
}

}  // namespace extgate
