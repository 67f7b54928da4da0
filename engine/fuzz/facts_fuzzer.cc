// Facts as protobuf's bytes and as JSON: what comes back is written as it was,
// and reads back equal.
#include <string>

#include "absl/status/statusor.h"
#include "engine/facts_codec.h"
#include "fuzz/fuzz.h"
#include "policy/facts.h"

namespace extgate {
namespace {

void Check(const absl::StatusOr<ImageFacts>& facts) {
  Require(facts.ok() || absl::IsInvalidArgument(facts.status()),
          "facts are accepted or InvalidArgument");
  if (!facts.ok()) return;
  const std::string bytes = FactsToBytes(*facts);
  const absl::StatusOr<ImageFacts> from_bytes = FactsFromBytes(bytes);
  Require(from_bytes.ok(), "bytes that are written are read");
  Require(*from_bytes == *facts, "bytes read back equal");
  Require(FactsToBytes(*from_bytes) == bytes, "equal facts give equal bytes");
  const std::string json = FactsToJson(*facts);
  const absl::StatusOr<ImageFacts> from_json = FactsFromJson(json);
  Require(from_json.ok(), "JSON that is written is read");
  Require(*from_json == *facts, "JSON reads back equal");
  Require(FactsToJson(*from_json) == json, "equal facts give equal JSON");
  Require(json.find('\n') == std::string::npos, "JSON is one line");
  const auto with_standing = FactsFromJson(FactsToJson(*facts, {}));
  Require(with_standing.ok() && *with_standing == *facts,
          "a standing is not among the facts");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::string_view text = input.RestText();
  extgate::Check(extgate::FactsFromBytes(text));
  extgate::Check(extgate::FactsFromJson(text));
  return 0;
}
