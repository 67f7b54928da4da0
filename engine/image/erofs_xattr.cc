// Ways in: VisitErofsXattrs(), and ReadErofsXattr() over it; the inode's own
// entries come first, then those it shares.
#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/erofs_inode.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

using XattrVisit =
    absl::FunctionRef<bool(absl::string_view name, absl::string_view value)>;

constexpr uint64_t kHeaderSize = 12;    // bytes; u8 at 4: shared entries
constexpr uint64_t kSharedCountAt = 4;  // then one u32 each behind the header
constexpr uint64_t kEntrySize = 4;      // name length, prefix, u16 value size
constexpr uint8_t kLongPrefix = 0x80;

// What the prefix numbers stand for; others exist for no name asked for here.
absl::string_view PrefixText(uint8_t index) {
  switch (index) {
    case 1:
      return "user.";
    case 2:
      return "system.posix_acl_access";
    case 3:
      return "system.posix_acl_default";
    case 4:
      return "trusted.";
    case 6:
      return "security.";
  }
  return "";
}

absl::string_view AsText(absl::Span<const uint8_t> bytes) {
  return absl::string_view(reinterpret_cast<const char*>(bytes.data()),
                           bytes.size());
}

// One entry.
struct Entry {
  uint64_t size = 0;  // bytes, padding included: a multiple of 4
  std::string name;
  absl::string_view value;  // lives as long as the bytes
};

absl::StatusOr<Entry> ParseEntry(absl::Span<const uint8_t> bytes) {
  ByteCursor at(bytes);
  const uint64_t name_size = at.U8(0);
  const uint8_t prefix = at.U8(1);
  const uint64_t value_size = at.U16(2);
  const absl::string_view suffix = AsText(at.Bytes(kEntrySize, name_size));
  const absl::string_view value =
      AsText(at.Bytes(kEntrySize + name_size, value_size));
  if (!at.ok()) return absl::DataLossError("an erofs xattr does not fit");
  if (prefix & kLongPrefix) {
    return absl::UnimplementedError("erofs with long xattr prefixes");
  }
  Entry entry;
  entry.size = (kEntrySize + name_size + value_size + 3) & ~uint64_t{3};
  entry.name = absl::StrCat(PrefixText(prefix), suffix);
  entry.value = value;
  return entry;
}

absl::Status VisitShared(ImageReader& image, const ErofsSuperblock& super,
                         absl::Span<const uint8_t> ids, XattrVisit visit) {
  ByteCursor at(ids);
  for (uint64_t i = 0; i < ids.size(); i += 4) {
    const uint64_t offset = super.shared_xattr_offset + 4 * uint64_t{at.U32(i)};
    absl::StatusOr<std::vector<uint8_t>> head =
        ReadSpan(image, offset, kEntrySize, "a shared erofs xattr");
    if (!head.ok()) return head.status();
    ByteCursor sizes(*head);
    const uint64_t size = kEntrySize + sizes.U8(0) + sizes.U16(2);
    absl::StatusOr<std::vector<uint8_t>> bytes =
        ReadSpan(image, offset, size, "a shared erofs xattr");
    if (!bytes.ok()) return bytes.status();
    absl::StatusOr<Entry> entry = ParseEntry(*bytes);
    if (!entry.ok()) return entry.status();
    if (!visit(entry->name, entry->value)) break;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status VisitErofsXattrs(ImageReader& image, const ErofsSuperblock& super,
                              const ErofsInode& inode, XattrVisit visit) {
  if (inode.xattr_size == 0) return absl::OkStatus();
  absl::StatusOr<std::vector<uint8_t>> bytes =
      ReadSpan(image, inode.xattr_offset, inode.xattr_size, "the erofs xattrs");
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  const absl::Span<const uint8_t> shared =
      at.Bytes(kHeaderSize, 4 * uint64_t{at.U8(kSharedCountAt)});
  if (!at.ok()) return absl::DataLossError("the erofs xattrs do not fit");

  absl::Span<const uint8_t> rest =
      absl::MakeConstSpan(*bytes).subspan(kHeaderSize + shared.size());
  while (!rest.empty()) {
    absl::StatusOr<Entry> entry = ParseEntry(rest);
    if (!entry.ok()) return entry.status();
    if (!visit(entry->name, entry->value)) return absl::OkStatus();
    rest.remove_prefix(std::min<uint64_t>(entry->size, rest.size()));
  }
  return VisitShared(image, super, shared, visit);
}

absl::StatusOr<std::optional<std::string>> ReadErofsXattr(
    ImageReader& image, const ErofsSuperblock& super, const ErofsInode& inode,
    absl::string_view name) {
  std::optional<std::string> found;
  absl::Status visited = VisitErofsXattrs(
      image, super, inode,
      [&found, name](absl::string_view there, absl::string_view value) {
        if (there == name) found = std::string(value);
        return !found.has_value();
      });
  if (!visited.ok()) return visited;
  return found;
}

}  // namespace extgate
