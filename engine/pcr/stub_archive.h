// The archives that systemd-stub makes of what lies beside a kernel image, for
// the kernel to unpack below /.extra, and measures.
#ifndef EXTGATE_ENGINE_PCR_STUB_ARCHIVE_H_
#define EXTGATE_ENGINE_PCR_STUB_ARCHIVE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/image/image_reader.h"
#include "policy/words.h"

namespace extgate {

// In the order in which the stub makes and measures them.
enum class StubArchive {
  kCredentials,        // *.cred beside the kernel image
  kGlobalCredentials,  // of /loader/credentials
  kSysext,             // images beside the kernel image
  kGlobalSysext,       // of /loader/extensions
  kConfext,
  kGlobalConfext,
};

template <>
struct Words<StubArchive> {
  static constexpr char kNoun[] = "archive of the stub";
  static constexpr std::pair<StubArchive, const char*> kTable[] = {
      {StubArchive::kCredentials, "credentials"},
      {StubArchive::kGlobalCredentials, "global_credentials"},
      {StubArchive::kSysext, "sysext"},
      {StubArchive::kGlobalSysext, "global_sysext"},
      {StubArchive::kConfext, "confext"},
      {StubArchive::kGlobalConfext, "global_confext"},
  };
};

// The register that the stub measures it into: 12 or 13.
int PcrOf(StubArchive archive);

// What the event log calls it: "System extension initrd".
const char* DescriptionOf(StubArchive archive);

// The first version of systemd whose stub makes it.
int MadeSince(StubArchive archive);

// Whether a file is of the global archives, of its kind.
bool IsGlobal(StubArchive archive);

// "" when the stub of version `stub` takes a file of that name into `archive`,
// which it makes; else why not, as "its name is not ASCII". A name that is of
// another kind altogether ("a.cred" among images) is "of another kind".
std::string WhyNotTaken(StubArchive archive, absl::string_view name, int stub);
inline constexpr char kOfAnotherKind[] = "of another kind";

// "" for a name that the stub takes as far as its kind is taken; else why not,
// as above.
std::string WhyNoNameForStub(absl::string_view name);

// The order in which the stub has them: by the units of their UTF-16, upper
// case before lower.
void SortAsTheStub(std::vector<std::string>& names);

// Writes one archive, piece by piece, so that it never is in memory: a cpio of
// the format "newc" as the kernel unpacks it, without times, owners and device
// numbers. Same bytes in all versions from 252 to 262. Not thread-safe.
class StubArchiveWriter {
 public:
  using Sink = std::function<void(absl::Span<const uint8_t>)>;

  // Its directories are written at once, as inodes from `inode` on; `sink` gets
  // all bytes, in order.
  StubArchiveWriter(StubArchive archive, Sink sink, uint32_t inode = 1);

  // Writes the directories once more, as inodes from `inode` on: systemd-boot
  // does so for each file that an entry's `extra` names.
  void Continue(uint32_t inode);

  // A file of it, read once, in the order of SortAsTheStub(). InvalidArgument
  // for 4 GiB and more, which the stub does not pack; else as
  // ImageReader::ReadAt. After an error the archive is of no use.
  absl::Status Add(absl::string_view name, ImageReader& file);

  // Call once, after the last file.
  void End();

 private:
  void Entry(uint32_t mode, absl::string_view path, uint32_t size);
  void Put(absl::string_view text);
  void Pad();

  const StubArchive archive_;
  const Sink sink_;
  uint32_t inode_;
  uint64_t written_ = 0;  // bytes so far
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_STUB_ARCHIVE_H_
