// Ways in: ReadRegister and ReadFirmwareLog.
#include "adapters/tpm_state.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

constexpr char kTpm[] = "/sys/class/tpm/tpm0";
constexpr char kLog[] = "/sys/kernel/security/tpm0/binary_bios_measurements";
// sysfs says a page of every file.
constexpr uint64_t kMaxRegister = uint64_t{64} * 1024;  // bytes

}  // namespace

absl::StatusOr<std::string> ReadRegister(const Places& places, PcrBank bank,
                                         int pcr) {
  const HostPath file =
      places.Find(absl::StrCat(kTpm, "/pcr-", ToWord(bank), "/", pcr));
  const auto text = file.root->ReadSmallFile(file.path, kMaxRegister);
  if (absl::IsNotFound(text.status())) return text.status();
  if (!text.ok()) return absl::UnavailableError(text.status().message());
  const absl::string_view hex = absl::StripAsciiWhitespace(*text);
  bool digits = hex.size() == 2 * DigestSize(bank);
  for (const char c : hex) {
    digits = digits && absl::ascii_isxdigit(static_cast<unsigned char>(c));
  }
  if (!digits) {
    return absl::UnavailableError(absl::StrCat(
        QuotePath(file.path), " holds no value of ", ToWord(bank)));
  }
  return absl::HexStringToBytes(hex);
}

absl::StatusOr<EventLog> ReadFirmwareLog(const Places& places) {
  const HostPath file = places.Find(kLog);
  const auto bytes = file.root->ReadSmallFile(file.path, kMaxEventLog);
  if (!bytes.ok()) return bytes.status();
  auto log = ParseEventLog(*bytes);
  if (!log.ok()) return AtPath(file.path, log.status());
  return log;
}

}  // namespace extgate
