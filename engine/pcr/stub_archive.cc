// Way in: StubArchiveWriter, and what the stub takes by WhyNotTaken.
#include "engine/pcr/stub_archive.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/image/byte_cursor.h"
#include "engine/pcr/pcr_bank.h"
#include "engine/pcr/pieces.h"

namespace extgate {
namespace {

struct ArchiveFacts {
  const char* directory;
  uint32_t directory_mode;
  uint32_t file_mode;
  int pcr;
  const char* description;
  int since;
  bool global;
};

ArchiveFacts FactsOf(StubArchive archive) {
  switch (archive) {
    case StubArchive::kCredentials:
      return {".extra/credentials", 0500, 0400, 12,
              "Credentials initrd", 250,  false};
    case StubArchive::kGlobalCredentials:
      return {".extra/global_credentials", 0500, 0400, 12,
              "Global credentials initrd", 250,  true};
    case StubArchive::kSysext:
      return {".extra/sysext",           0555, 0444, kExtensionsPcr,
              "System extension initrd", 250,  false};
    case StubArchive::kGlobalSysext:
      return {".extra/global_sysext",           0555, 0444, kExtensionsPcr,
              "Global system extension initrd", 258,  true};
    case StubArchive::kConfext:
      return {".extra/confext",
              0555,
              0444,
              kParametersPcr,
              "Configuration extension initrd",
              256,
              false};
    case StubArchive::kGlobalConfext:
      return {".extra/global_confext",
              0555,
              0444,
              kParametersPcr,
              "Global configuration extension initrd",
              258,
              true};
  }
  return {};
}

constexpr uint32_t kDirectory = 0040000;
constexpr uint32_t kRegular = 0100000;
constexpr uint32_t kPrefixMode = 0555;
constexpr size_t kMaxName = 255;  // characters
constexpr uint64_t kAlignment = 4;

// By its suffix, in any case.
bool IsOfKind(StubArchive archive, absl::string_view name, int stub) {
  const auto ends = [name](absl::string_view suffix) {
    return absl::EndsWithIgnoreCase(name, suffix);
  };
  switch (archive) {
    case StubArchive::kCredentials:
    case StubArchive::kGlobalCredentials:
      return ends(".cred");
    case StubArchive::kSysext:
    case StubArchive::kGlobalSysext:
      return ends(".raw") &&
             (stub < MadeSince(StubArchive::kConfext) || !ends(".confext.raw"));
    case StubArchive::kConfext:
    case StubArchive::kGlobalConfext:
      return ends(".confext.raw");
  }
  return false;
}

}  // namespace

int PcrOf(StubArchive archive) { return FactsOf(archive).pcr; }

const char* DescriptionOf(StubArchive archive) {
  return FactsOf(archive).description;
}

int MadeSince(StubArchive archive) { return FactsOf(archive).since; }

bool IsGlobal(StubArchive archive) { return FactsOf(archive).global; }

std::string WhyNotTaken(StubArchive archive, absl::string_view name, int stub) {
  if (!IsOfKind(archive, name, stub)) return kOfAnotherKind;
  if (stub < MadeSince(archive)) {
    return absl::StrCat("the stub of systemd ", stub, " takes no ",
                        ToWord(archive), ", only that of ", MadeSince(archive),
                        " and later");
  }
  return WhyNoNameForStub(name);
}

std::string WhyNoNameForStub(absl::string_view name) {
  if (name.front() == '.') return "its name begins with a dot";
  for (char c : name) {
    if (!absl::ascii_isascii(static_cast<unsigned char>(c))) {
      return "its name is not ASCII";
    }
  }
  if (name.size() > kMaxName) {
    return absl::StrCat("its name has more than ", kMaxName, " characters");
  }
  return "";
}

void SortAsTheStub(std::vector<std::string>& names) {
  // Of ASCII alone, where bytes and units have one order.
  std::sort(names.begin(), names.end());
}

StubArchiveWriter::StubArchiveWriter(StubArchive archive, Sink sink,
                                     uint32_t inode)
    : archive_(archive), sink_(std::move(sink)) {
  Continue(inode);
}

void StubArchiveWriter::Continue(uint32_t inode) {
  inode_ = inode;
  const ArchiveFacts facts = FactsOf(archive_);
  const absl::string_view path = facts.directory;
  for (size_t slash = path.find('/'); slash != absl::string_view::npos;
       slash = path.find('/', slash + 1)) {
    Entry(kDirectory | kPrefixMode, path.substr(0, slash), 0);
  }
  Entry(kDirectory | facts.directory_mode, path, 0);
}

absl::Status StubArchiveWriter::Add(absl::string_view name, ImageReader& file) {
  const uint64_t size = file.size_bytes();
  if (size > std::numeric_limits<uint32_t>::max()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", name, "` has ", size, " bytes: the stub packs none of 4 GiB"));
  }
  const ArchiveFacts facts = FactsOf(archive_);
  Entry(kRegular | facts.file_mode, absl::StrCat(facts.directory, "/", name),
        static_cast<uint32_t>(size));
  const absl::Status status = ReadPieces(file, 0, size, sink_);
  if (!status.ok()) return status;
  written_ += size;
  Pad();
  return absl::OkStatus();
}

void StubArchiveWriter::End() {
  // The stub has this one with a B in upper case, and itself in lower.
  static constexpr absl::string_view kTrailer(
      "070701"
      "00000000000000000000000000000000"
      "00000001"
      "000000000000000000000000000000000000000000000000"
      "0000000B"
      "00000000"
      "TRAILER!!!\0\0\0\0",
      124);
  Put(kTrailer);
}

// inode, mode, owner, group, links, time, size, four device numbers, length of
// the name with its NUL, checksum: eight digits each, then the name.
void StubArchiveWriter::Entry(uint32_t mode, absl::string_view path,
                              uint32_t size) {
  Put(absl::StrFormat(
      "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
      "%08x",
      inode_++, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, path.size() + 1, 0));
  Put(path);
  Put(absl::string_view("\0", 1));
  Pad();
}

void StubArchiveWriter::Put(absl::string_view text) {
  sink_(BytesOf(text));
  written_ += text.size();
}

void StubArchiveWriter::Pad() {
  static constexpr absl::string_view kZeros("\0\0\0", kAlignment - 1);
  Put(kZeros.substr(0, (kAlignment - written_ % kAlignment) % kAlignment));
}

}  // namespace extgate
