// Ways in: ReadAddOn and MeasuredCommandLines.
#include "engine/pcr/add_ons.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/utf16.h"
#include "engine/pcr/uki_sections.h"

namespace extgate {
namespace {

// From then on each command line is put in order before they are joined.
constexpr int kEachCleanedSince = 257;
// From then on those for all kernel images and its own are one event.
constexpr int kJoinedSince = 255;

// strncmp(3) over the section, in memory, of an add-on that names a kernel.
bool IsForKernel(absl::string_view kernel_name, absl::string_view named,
                 uint64_t memory_size) {
  // What is longer than `named` in memory is zeros.
  if (named.size() < memory_size) return kernel_name == named;
  return absl::StartsWith(kernel_name, named);
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// As the stub of 257 and later does.
std::string Cleaned(absl::string_view line) {
  const auto blank = [](char c) { return c == ' ' || IsControl(c); };
  while (!line.empty() && blank(line.front())) line.remove_prefix(1);
  while (!line.empty() && blank(line.back())) line.remove_suffix(1);
  std::string cleaned(line);
  std::replace_if(cleaned.begin(), cleaned.end(), IsControl, ' ');
  return cleaned;
}

// As those before do.
std::string CleanedAtItsEnd(absl::string_view line) {
  std::string cleaned(line);
  std::replace_if(
      cleaned.begin(), cleaned.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  cleaned.resize(cleaned.find_last_not_of(' ') + 1);  // npos + 1 is 0
  return cleaned;
}

void Join(absl::string_view line, std::string& to) {
  absl::StrAppend(&to, to.empty() ? "" : " ", line);
}

std::string Joined(absl::Span<const std::string> lines) {
  std::string joined;
  for (const std::string& line : lines) Join(line, joined);
  return joined;
}

}  // namespace

bool IsAddOnName(absl::string_view name) {
  return absl::EndsWithIgnoreCase(name, ".addon.efi");
}

absl::StatusOr<AddOn> ReadAddOn(ImageReader& file, int stub,
                                const std::optional<std::string>& kernel_name) {
  const auto all = PeSections(file);
  if (!all.ok()) return all.status();
  const auto find = [&](absl::string_view name) {
    const PeSection* const section = SectionForAll(*all, name, stub);
    return section != nullptr && section->memory_size > 0 ? section : nullptr;
  };
  AddOn taken;
  const PeSection* const line = find(".cmdline");
  taken.device_tree =
      stub >= kJoinedSince &&
      (find(".dtb") != nullptr ||
       (stub >= kInitrdAddOnsSince && find(".dtbauto") != nullptr));
  if (stub >= kInitrdAddOnsSince) {
    if (const PeSection* const ucode = find(".ucode")) {
      taken.microcode = *ucode;
    }
    if (const PeSection* const initrd = find(".initrd")) {
      taken.initrd = *initrd;
    }
  }
  if (find(".linux") != nullptr) {
    return AddOn{"it is a kernel image, and no add-on", {}, {}, {}, false};
  }
  if (const PeSection* const name = find(".uname")) {
    if (!kernel_name.has_value()) {
      return absl::FailedPreconditionError(
          "it is for one kernel, and no kernel image is given");
    }
    const auto named = ReadSectionText(file, *name);
    if (!named.ok()) return named.status();
    if (!kernel_name->empty() &&
        !IsForKernel(*kernel_name, *named, name->memory_size)) {
      return AddOn{"it is for another kernel", {}, {}, {}, false};
    }
  }
  if (line == nullptr && !taken.device_tree && !taken.microcode.has_value() &&
      !taken.initrd.has_value()) {
    return AddOn{"it has nothing that this stub takes", {}, {}, {}, false};
  }
  if (line != nullptr) {
    auto text = ReadSectionText(file, *line);
    if (!text.ok()) return text.status();
    if (!Utf8ToUtf16(*text).has_value()) {
      return absl::InvalidArgumentError("its command line is no UTF-8");
    }
    taken.command_line = *std::move(text);
  }
  return taken;
}

std::vector<std::string> MeasuredCommandLines(
    absl::Span<const std::string> for_all, absl::Span<const std::string> own,
    int stub) {
  std::vector<std::string> events;
  if (stub >= kEachCleanedSince) {
    std::vector<std::string> lines;
    for (const auto& some : {for_all, own}) {
      for (const std::string& line : some) lines.push_back(Cleaned(line));
    }
    events.push_back(Cleaned(Joined(lines)));
  } else if (stub >= kJoinedSince) {
    std::string joined = Joined(for_all);
    const std::string rest = Joined(own);
    if (!rest.empty()) Join(rest, joined);
    events.push_back(CleanedAtItsEnd(joined));
  } else {
    events.push_back(CleanedAtItsEnd(Joined(for_all)));
    events.push_back(CleanedAtItsEnd(Joined(own)));
  }
  std::erase(events, "");
  return events;
}

}  // namespace extgate
