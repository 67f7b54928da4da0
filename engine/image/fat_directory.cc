// Way in: ParseFatDirectory(). Each 8.3 entry looks back for its long name.
#include "engine/image/fat_directory.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/utf16.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr uint64_t kEntryBytes = 32;

// Of the first byte of a name.
constexpr uint8_t kDeleted = 0xe5;
constexpr uint8_t kEnd = 0x00;
constexpr uint8_t kStandsForDeleted = 0x05;  // a name that begins with 0xe5

// Of the attributes, at byte 11.
constexpr uint8_t kVolumeLabel = 0x08;
constexpr uint8_t kDirectory = 0x10;
constexpr uint8_t kLongName = 0x0f;  // exactly

// Of the byte at 12.
constexpr uint8_t kSmallBase = 0x08;
constexpr uint8_t kSmallExtension = 0x10;

// A piece of a long name: its number at 0, 13 units of UTF-16, the checksum of
// the 8.3 name at 13. The last piece of the name stands first.
constexpr uint8_t kLastPiece = 0x40;
constexpr uint64_t kMaxPieces = 20;
constexpr uint64_t kMaxUnits = 255;
constexpr std::pair<uint64_t, uint64_t> kUnits[] = {
    {1, 10}, {14, 12}, {28, 4}};  // offset, bytes

// The entries of a directory, by number.
class Entries {
 public:
  explicit Entries(absl::Span<const uint8_t> bytes) : bytes_(bytes) {}
  uint64_t size() const { return bytes_.size() / kEntryBytes; }
  ByteCursor operator[](uint64_t number) const {
    return ByteCursor(bytes_.subspan(number * kEntryBytes, kEntryBytes));
  }

 private:
  absl::Span<const uint8_t> bytes_;
};

absl::Status Broken(uint64_t number, absl::string_view why) {
  return absl::DataLossError(absl::StrCat("entry ", number, ": ", why));
}

// Of the 11 bytes of an 8.3 name.
uint8_t Checksum(absl::Span<const uint8_t> name) {
  uint8_t sum = 0;
  for (uint8_t byte : name) {
    sum = static_cast<uint8_t>((sum >> 1 | sum << 7) + byte);
  }
  return sum;
}

// `units` up to the zero that ends a name which does not fill its pieces.
std::vector<uint8_t> WithoutPadding(std::vector<uint8_t> units) {
  ByteCursor cursor(units);
  for (uint64_t at = 0; at < units.size(); at += 2) {
    if (cursor.U16(at) == 0) {
      units.resize(at);
      break;
    }
  }
  return units;
}

// The units of the long name in front of entry `number`; nullopt where there
// is no whole one that is its own.
std::optional<std::vector<uint8_t>> LongNameUnits(const Entries& entries,
                                                  uint64_t number) {
  const uint8_t checksum = Checksum(entries[number].Bytes(0, 11));
  std::vector<uint8_t> units;
  for (uint64_t i = 1; i <= kMaxPieces && i <= number; ++i) {
    ByteCursor piece = entries[number - i];
    const uint8_t ordinal = piece.U8(0);
    if (piece.U8(11) != kLongName || piece.U8(13) != checksum ||
        piece.U16(26) != 0 || (ordinal & ~kLastPiece) != i) {
      return std::nullopt;
    }
    for (const auto& [offset, size] : kUnits) {
      const absl::Span<const uint8_t> found = piece.Bytes(offset, size);
      units.insert(units.end(), found.begin(), found.end());
    }
    if ((ordinal & kLastPiece) != 0) return WithoutPadding(std::move(units));
  }
  return std::nullopt;
}

// Whether a name of a path, as Linux takes it too, and no part of one.
bool IsName(absl::string_view text) {
  return !text.empty() && text != "." && text != ".." &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_iscntrl(static_cast<unsigned char>(c)) ||
                  absl::string_view("\"*/:<>?\\|").find(c) !=
                      absl::string_view::npos;
         });
}

// One part of an 8.3 name, which spaces fill up.
std::string PartOfName(absl::Span<const uint8_t> bytes, bool small) {
  std::string text;
  for (uint8_t byte : bytes) {
    AppendUtf8(small ? static_cast<uint8_t>(absl::ascii_tolower(byte)) : byte,
               text);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// Empty where there is none, as with a `.` in a part.
std::string ShortName(ByteCursor& entry) {
  const absl::Span<const uint8_t> stored = entry.Bytes(0, 8);
  std::vector<uint8_t> bytes(stored.begin(), stored.end());
  if (bytes[0] == kStandsForDeleted) bytes[0] = kDeleted;
  const uint8_t small = entry.U8(12);
  const std::string base = PartOfName(bytes, (small & kSmallBase) != 0);
  const std::string extension =
      PartOfName(entry.Bytes(8, 3), (small & kSmallExtension) != 0);
  const std::string both = absl::StrCat(base, extension);
  if (base.empty() || base[0] == ' ' || !IsName(both) ||
      both.find('.') != std::string::npos) {
    return "";
  }
  return extension.empty() ? base : absl::StrCat(base, ".", extension);
}

bool IsDots(ByteCursor& entry) {
  return entry.Matches(0, ".          ") || entry.Matches(0, "..         ");
}

absl::StatusOr<FatEntry> ParseEntry(const Entries& entries, uint64_t number,
                                    FatType type) {
  ByteCursor cursor = entries[number];
  FatEntry entry;
  entry.short_name = ShortName(cursor);
  entry.name = entry.short_name;
  if (const auto units = LongNameUnits(entries, number)) {
    std::optional<std::string> name = Utf16ToUtf8(*units);
    if (!name) return Broken(number, "its long name is not UTF-16");
    if (units->size() > 2 * kMaxUnits) {
      return Broken(number, "its long name has more than 255 characters");
    }
    entry.has_long_name = true;
    entry.name = *std::move(name);
  }
  if (!IsName(entry.name)) {
    return Broken(number,
                  absl::StrCat("`", PrintableText(entry.name), "` is no name"));
  }
  entry.directory = (cursor.U8(11) & kDirectory) != 0;
  if (!entry.directory) entry.size_bytes = cursor.U32(28);
  entry.first_cluster = cursor.U16(26);
  // Elsewhere the upper half is for others' purposes.
  if (type == FatType::kFat32)
    *entry.first_cluster |= uint32_t{cursor.U16(20)} << 16;
  return entry;
}

}  // namespace

absl::StatusOr<std::vector<FatEntry>> ParseFatDirectory(
    absl::Span<const uint8_t> bytes, FatType type) {
  const Entries entries(bytes);
  std::vector<FatEntry> found;
  bool ended = false;
  for (uint64_t number = 0; number < entries.size(); ++number) {
    ByteCursor cursor = entries[number];
    const uint8_t mark = cursor.U8(0);
    if (mark == kDeleted) continue;
    if (mark == kEnd) {
      ended = true;
      continue;
    }
    if (ended) return Broken(number, "it stands behind the directory's end");
    // The pieces of long names are labels too.
    if ((cursor.U8(11) & kVolumeLabel) != 0 || IsDots(cursor)) continue;
    absl::StatusOr<FatEntry> entry = ParseEntry(entries, number, type);
    if (!entry.ok()) return entry.status();
    found.push_back(*std::move(entry));
  }
  return found;
}

}  // namespace extgate
