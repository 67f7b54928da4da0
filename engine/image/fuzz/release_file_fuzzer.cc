// The text of an os-release or extension-release: its fields, quoted anew, read
// as the same.
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/release_file.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

using Fields = std::map<std::string, std::string>;

std::string Quoted(const std::string& value) {
  std::string quoted = "\"";
  for (char c : value) {
    if (absl::StrContains("\"\\`$", std::string(1, c))) quoted.push_back('\\');
    quoted.push_back(c);
  }
  return absl::StrCat(quoted, "\"");
}

void Check(absl::string_view text) {
  const absl::StatusOr<Fields> fields = ParseReleaseFile(text);
  Require(fields.ok() || absl::IsInvalidArgument(fields.status()),
          "a text is accepted or InvalidArgument");
  if (!fields.ok()) return;
  Require(*fields == *ParseReleaseFile(text), "read alike twice");
  std::string anew = "# made anew\n";
  for (const auto& [key, value] : *fields) {
    Require(!key.empty(), "a key is not empty");
    absl::StrAppend(&anew, key, "=", Quoted(value), "\n");
  }
  const absl::StatusOr<Fields> again = ParseReleaseFile(anew);
  Require(again.ok() && *again == *fields, "quoted anew it reads the same");
  // Of a key that stands twice, the last value.
  const absl::StatusOr<Fields> twice =
      ParseReleaseFile(absl::StrCat(anew, "ZZ=1\n", anew, "ZZ=2\n"));
  Require(twice.ok() && twice->at("ZZ") == "2", "the last value counts");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  extgate::Check(input.RestText());
  return 0;
}
