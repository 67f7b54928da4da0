// The text of a policy, as a file of its own and as a cloud-config: what is
// accepted prints to a text that reads back equal, and compiles or says why
// not.
#include <optional>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "policy/compiled_policy.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"
#include "policy/policy_merge.h"
#include "policy/policy_printer.h"
#include "policy/policy_reader.h"
#include "policy/printable.h"

namespace extgate {
namespace {

using Read = WithDiagnostics<std::optional<Policy>>;

void CheckDiagnostics(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) {
    Require(PrintableText(diagnostic.message) == diagnostic.message &&
                PrintableText(diagnostic.help) == diagnostic.help,
            "messages can be shown");
    Require(diagnostic.span.line >= 0 && diagnostic.span.column >= 0,
            "places are counted from 1");
  }
}

void CheckPrinted(const Policy& policy) {
  const std::string text = CanonicalText(policy);
  const Read again = ReadPolicyText(text, "printed", SourceKind::kPolicyFile);
  Require(again.value.has_value(), "what is printed reads back");
  Require(*again.value == policy, "what is printed reads back equal");
  Require(CanonicalText(*again.value) == text, "equal policies print alike");
}

void CheckCompiled(const Policy& policy) {
  const auto compiled = CompilePolicy(policy, std::nullopt);
  CheckDiagnostics(compiled.diagnostics);
  Require(compiled.value.has_value() != HasErrors(compiled.diagnostics),
          "it compiles, or an error says why not");
  if (compiled.value) {
    Require(Dump(*compiled.value) ==
                Dump(*CompilePolicy(policy, std::nullopt).value),
            "it compiles alike twice");
  }
  const auto strict = CompilePolicy(policy, Mode::kEnforcing);
  Require(!strict.value || strict.value->mode == Mode::kEnforcing,
          "the mode is at least the floor");
  // Alone and without a floor, a source is the whole policy.
  const auto merged = MergePolicies({{"a", Authority::kVendor, policy}});
  Require(!merged.value.floor || policy.mode_floor,
          "a floor is one that somebody wrote");
  CheckDiagnostics(merged.diagnostics);
}

Read Check(absl::string_view text, SourceKind kind) {
  Read read = ReadPolicyText(text, "input", kind);
  const Read twice = ReadPolicyText(text, "input", kind);
  Require(read.value == twice.value && read.diagnostics == twice.diagnostics,
          "read alike twice");
  Require(!read.value || !HasErrors(read.diagnostics),
          "with an error there is no policy");
  CheckDiagnostics(read.diagnostics);
  if (read.value) {
    CheckPrinted(*read.value);
    CheckCompiled(*read.value);
  }
  return read;
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::string_view text = input.RestText();
  const auto own = extgate::Check(text, extgate::SourceKind::kPolicyFile);
  const auto cloud = extgate::Check(text, extgate::SourceKind::kCloudConfig);
  extgate::Require(!own.value || own.value == cloud.value,
                   "a policy file is a cloud-config too");
  return 0;
}
