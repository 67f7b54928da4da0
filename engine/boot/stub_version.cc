// Ways in: VersionOf, MarkedVersionOf and StubVersionOf.
#include "engine/boot/stub_version.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "engine/boot/pe_sections.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxStubMark = 4096;  // bytes

}  // namespace

int VersionOf(absl::string_view info, absl::string_view program) {
  int version = 0;
  if (!absl::ConsumePrefix(&info, program)) return 0;
  info = absl::StripLeadingAsciiWhitespace(info);
  size_t digits = 0;
  while (digits < info.size() && absl::ascii_isdigit(info[digits])) ++digits;
  return absl::SimpleAtoi(info.substr(0, digits), &version) ? version : 0;
}

int MarkedVersionOf(ImageReader& file, absl::string_view program) {
  const auto mark = ReadPeSection(file, ".sdmagic", kMaxStubMark);
  if (!mark.ok()) return 0;
  absl::string_view info = *mark;
  return absl::ConsumePrefix(&info, "#### LoaderInfo: ")
             ? VersionOf(info, program)
             : 0;
}

int StubVersionOf(ImageReader& kernel_image) {
  return MarkedVersionOf(kernel_image, kStubProgram);
}

}  // namespace extgate
