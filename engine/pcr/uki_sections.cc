// Ways in: MeasuredSections, SectionForAll, ReadSectionText and PhaseWords.
#include "engine/pcr/uki_sections.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"

namespace extgate {
namespace {

// In the order in which they are measured. `.pcrsig` is not: it signs the
// result.
struct KnownSection {
  const char* name;
  int since;        // the first stub that measures it
  bool of_machine;  // which of several it is depends on the machine
};
constexpr KnownSection kKnown[] = {
    {".linux", 252, false},   {".osrel", 252, false},
    {".cmdline", 252, false}, {".initrd", 252, false},
    {".ucode", 256, false},   {".splash", 252, false},
    {".dtb", 252, false},     {".uname", 254, false},
    {".sbat", 254, false},    {".pcrpkey", 252, false},
    {".profile", 257, false}, {".dtbauto", 257, true},
    {".hwids", 257, false},   {".efifw", 258, true},
};
constexpr char kProfile[] = ".profile";
constexpr int kProfilesSince = 257;
constexpr uint64_t kMaxText = uint64_t{64} * 1024;  // bytes

using Sections = absl::Span<const PeSection>;

// From the first section up to the first `.profile`: what all profiles have.
Sections BaseOf(Sections all) {
  const auto end = std::find_if(
      all.begin(), all.end(),
      [](const PeSection& section) { return section.name == kProfile; });
  return all.first(static_cast<size_t>(end - all.begin()));
}

// From the `profile`-th `.profile` up to the next one. nullopt: there is none.
std::optional<Sections> ProfileOf(Sections all, int profile) {
  Sections rest = all.subspan(BaseOf(all).size());
  for (int i = 0; !rest.empty(); ++i) {
    const size_t size = 1 + BaseOf(rest.subspan(1)).size();
    if (i == profile) return rest.first(size);
    rest.remove_prefix(size);
  }
  return std::nullopt;
}

// The one that counts of those called `name`, also where it has nothing in
// memory; nullptr: none.
const PeSection* Find(Sections sections, absl::string_view name, int stub) {
  const PeSection* found = nullptr;
  for (const PeSection& section : sections) {
    if (stub >= kProfilesSince) {
      if (section.name == name) return &section;
    } else if (absl::StartsWith(section.name, name)) {
      found = &section;  // the last one, and whatever begins so
    }
  }
  return found;
}

}  // namespace

absl::StatusOr<std::vector<PeSection>> MeasuredSections(
    ImageReader& kernel_image, int profile, int stub) {
  const auto all = PeSections(kernel_image);
  if (!all.ok()) return all.status();
  const bool profiles = stub >= kProfilesSince;
  const Sections base = profiles ? BaseOf(*all) : Sections(*all);
  Sections own;
  if (const auto found = ProfileOf(*all, profile);
      profiles && found.has_value()) {
    own = *found;
  } else if (profile != 0) {
    return absl::NotFoundError(
        absl::StrCat("the kernel image has no profile ", profile));
  }
  std::vector<PeSection> measured;
  for (const KnownSection& known : kKnown) {
    if (stub < known.since) continue;
    // What a profile has takes the place of what all have.
    const PeSection* section = Find(own, known.name, stub);
    if (section == nullptr) section = Find(base, known.name, stub);
    if (section == nullptr || section->memory_size == 0) continue;
    if (known.of_machine) {
      return absl::FailedPreconditionError(
          absl::StrCat("the kernel image has a section ", known.name,
                       ", and whether it is measured depends on the machine"));
    }
    measured.push_back(*section);
    measured.back().name = known.name;
  }
  if (measured.empty() || measured.front().name != kKnown[0].name) {
    return absl::InvalidArgumentError(
        "it is no unified kernel image: it has no section .linux");
  }
  return measured;
}

const PeSection* SectionForAll(const std::vector<PeSection>& all,
                               absl::string_view name, int stub) {
  return Find(stub >= kProfilesSince ? BaseOf(all) : Sections(all), name, stub);
}

absl::StatusOr<std::string> ReadSectionText(ImageReader& file,
                                            const PeSection& section) {
  auto text = ReadPeSection(file, section, kMaxText);
  if (text.ok()) text->resize(std::min(text->size(), text->find('\0')));
  return text;
}

std::vector<std::string> PhaseWords(absl::string_view phase) {
  return absl::StrSplit(phase, ':', absl::SkipEmpty());
}

}  // namespace extgate
