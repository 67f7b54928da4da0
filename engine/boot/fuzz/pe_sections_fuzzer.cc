// A unified kernel image: sections lie inside, and the entry it makes is the
// one that its os-release makes.
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/boot/boot_entry.h"
#include "engine/boot/pe_sections.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/byte_cursor.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

constexpr uint64_t kLimit = 4096;  // bytes

void CheckSection(BufferReader& file, absl::string_view bytes,
                  const PeSection& section) {
  if (section.size > 0) {
    Require(section.offset <= bytes.size() &&
                section.size <= bytes.size() - section.offset,
            "a section lies inside");
  }
  const auto content = ReadPeSection(file, section.name, kLimit);
  Require(content.ok() || absl::IsResourceExhausted(content.status()),
          "a section that is listed is read, or is too long");
  if (content.ok()) {
    Require(content->size() <= kLimit &&
                (content->empty() ||
                 bytes.find(*content) != absl::string_view::npos),
            "its content is in the file");
  }
}

void Check(absl::string_view bytes) {
  BufferReader file(BytesOf(bytes));
  const auto sections = PeSections(file);
  Require(sections.ok() || absl::IsInvalidArgument(sections.status()),
          "a file is accepted or InvalidArgument");
  const auto again = PeSections(file);
  Require(sections.ok() == again.ok() && (!again.ok() || *sections == *again),
          "read alike twice");
  const auto release = ReadPeSection(file, ".osrel", kLimit);
  if (!sections.ok()) {
    Require(release.status() == sections.status(),
            "what has no sections has none of a name");
    return;
  }
  Require(sections->size() <= kMaxPeSections, "sections are bounded");
  for (const PeSection& section : *sections) {
    CheckSection(file, bytes, section);
  }
  if (!release.ok()) return;
  const auto entry = EntryOfUki("/EFI/Linux", "a+3.efi", *release);
  Require(entry.ok() || absl::IsNotFound(entry.status()) ||
              absl::IsInvalidArgument(entry.status()),
          "an os-release makes an entry or says why not");
  if (entry.ok()) {
    Require(!entry->title.empty() && entry->Id() == "a.efi",
            "an entry has a name");
  }
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  extgate::Check(input.RestText());
  return 0;
}
