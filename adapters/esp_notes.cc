// Ways in: Read and Write.
#include "adapters/esp_notes.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/case_blind.h"
#include "adapters/directory.h"
#include "adapters/io_status.h"
#include "adapters/unique_fd.h"
#include "engine/boot/boot_port.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/crc32.h"

namespace extgate {
namespace {

constexpr char kLoader[] = "/loader";
constexpr char kOurs[] = "extgate";
constexpr char kMagic[] = "extgate-note";
constexpr uint64_t kMaxHead = 128;  // bytes

struct Note {
  uint64_t number = 0;
  std::string bytes;
};

absl::Status CheckNoteName(absl::string_view name) {
  if (!name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return absl::ascii_islower(c) || c == '-';
      })) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(QuotePath(name), " is no name of a note"));
}

std::string Head(uint64_t number, absl::string_view bytes) {
  const std::string covered = absl::StrCat(number, "\n", bytes);
  return absl::StrCat(kMagic, " 1 ", number, " ", bytes.size(), " ",
                      absl::Hex(Crc32(BytesOf(covered)), absl::kZeroPad8),
                      "\n");
}

// nullopt: torn, or none of ours.
std::optional<Note> ParseNote(absl::string_view text) {
  const size_t end = text.find('\n');
  if (end == absl::string_view::npos) return std::nullopt;
  const std::vector<absl::string_view> words =
      absl::StrSplit(text.substr(0, end), ' ');
  Note note;
  note.bytes = std::string(text.substr(end + 1));
  if (words.size() != 5 || !absl::SimpleAtoi(words[2], &note.number) ||
      text.substr(0, end + 1) != Head(note.number, note.bytes)) {
    return std::nullopt;
  }
  return note;
}

std::string FileOf(absl::string_view name, int which) {
  return absl::StrCat(name, ".", which);
}

// The file of `name` that is torn or missing is without a note.
absl::StatusOr<std::optional<Note>> ReadFile(const Directory& directory,
                                             const std::string& file) {
  auto text = directory.ReadFile(file, kMaxNoteBytes + kMaxHead);
  if (absl::IsNotFound(text.status())) return std::nullopt;
  if (!text.ok()) return text.status();
  return ParseNote(*text);
}

absl::Status SyncDirectory(const Directory& directory) {
  return SyncFd(directory.fd(), directory.path());
}

absl::StatusOr<Directory> MakeOurs(const RootDir& esp) {
  auto loader = SpelledPath(esp, kLoader);
  auto parent = loader.ok() ? esp.OpenDirectory(*loader)
                            : esp.MakeDirectories(kLoader, 0755);
  if (!parent.ok()) return parent.status();
  auto ours = parent->MakeDirectory(kOurs, 0700);
  if (!ours.ok()) return ours.status();
  const absl::Status synced = SyncDirectory(*parent);
  if (!synced.ok()) return synced;
  return ours;
}

absl::Status WriteNew(const Directory& directory, const std::string& file,
                      absl::string_view bytes) {
  absl::Status status = directory.Remove(file);
  if (status.ok()) status = SyncDirectory(directory);
  if (!status.ok()) return status;
  const auto opened = directory.Open(file, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!opened.ok()) return opened.status();
  status = WriteAll(opened->get(), bytes, directory.PathOf(file));
  if (status.ok()) status = SyncFd(opened->get(), directory.PathOf(file));
  if (status.ok()) return SyncDirectory(directory);
  // It takes space that others need; the first error is the one to tell.
  directory.Remove(file).IgnoreError();
  return status;
}

}  // namespace

absl::StatusOr<std::string> EspNotes::Read(absl::string_view name) const {
  if (absl::Status status = CheckNoteName(name); !status.ok()) return status;
  const auto path = SpelledPath(esp_, absl::StrCat(kLoader, "/", kOurs));
  if (!path.ok()) return path.status();
  const auto directory = esp_.OpenDirectory(*path);
  if (!directory.ok()) return directory.status();
  std::optional<Note> newest;
  for (int which : {0, 1}) {
    auto note = ReadFile(*directory, FileOf(name, which));
    if (!note.ok()) return note.status();
    if (!note->has_value()) continue;
    if (!newest.has_value() || (*note)->number > newest->number) {
      newest = *std::move(*note);
    }
  }
  if (!newest.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("there is no note ", QuotePath(name)));
  }
  return newest->bytes;
}

absl::Status EspNotes::Write(absl::string_view name,
                             absl::string_view bytes) const {
  if (absl::Status status = CheckNoteName(name); !status.ok()) return status;
  if (bytes.size() > kMaxNoteBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("note ", QuotePath(name), " has ", bytes.size(),
                     " bytes, more than ", kMaxNoteBytes));
  }
  const auto directory = MakeOurs(esp_);
  if (!directory.ok()) return directory.status();
  uint64_t highest = 0;
  int stays = 1;  // so that the first is NAME.0
  for (int which : {0, 1}) {
    const auto note = ReadFile(*directory, FileOf(name, which));
    // What cannot be read is written anew.
    if (!note.ok() || !note->has_value()) continue;
    if ((*note)->number >= highest) {
      highest = (*note)->number;
      stays = which;
    }
  }
  return WriteNew(*directory, FileOf(name, 1 - stays),
                  absl::StrCat(Head(highest + 1, bytes), bytes));
}

}  // namespace extgate
