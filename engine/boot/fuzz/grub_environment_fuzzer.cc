// A GRUB environment block: what is read of it is read again where it is
// written anew, and lines that say nothing change nothing.
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/boot/grub_assessment.h"
#include "engine/boot/grub_environment.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

constexpr char kFirstLine[] = "# GRUB Environment Block\n";

std::string Written(const GrubEnvironment& variables) {
  std::string block = kFirstLine;
  for (const auto& [name, value] : variables) {
    absl::StrAppend(&block, name, "=");
    for (char c : value) {
      if (c == '\\' || c == '\n') block += '\\';
      block += c;
    }
    block += '\n';
  }
  return block;
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view block(reinterpret_cast<const char*>(data), size);
  const auto variables = extgate::ParseGrubEnvironment(block);
  extgate::Require(
      variables.ok() || absl::IsInvalidArgument(variables.status()),
      "a block is read, or it is damaged");
  if (!variables.ok()) return 0;
  for (const char* filling : {"", "#", "####", "# a\n", "# a\n#"}) {
    const auto again = extgate::ParseGrubEnvironment(
        absl::StrCat(extgate::Written(*variables), filling));
    extgate::Require(again.ok() && *again == *variables,
                     "written anew it is read alike");
  }
  const extgate::GrubAssessment assessment =
      extgate::GrubAssessmentOf(*variables);
  extgate::Require(!assessment.armed() || assessment.next_entry.empty(),
                   "who told GRUB what is next decides");
  return 0;
}
