// A whole image, as it is and with its table's checksums made right, looked at
// in every depth: the facts fit together, are the same in confinement, and
// survive being written.
#include <string>

#include "absl/status/statusor.h"
#include "engine/confined_look.h"
#include "engine/facts_codec.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/fuzz/repaired_table.h"
#include "engine/image/inspect.h"
#include "engine/testing/fake_host.h"
#include "fuzz/fuzz.h"
#include "policy/facts.h"

namespace extgate {
namespace {

constexpr char kFileName[] = "small.sysext.raw";

ImageFacts Look(absl::Span<const uint8_t> bytes, Reach reach) {
  BufferReader image(bytes);
  return Inspect(image, kFileName, ImageClass::kSysext, reach);
}

// The inside hangs on the outside.
void CheckOutside(const ImageFacts& facts) {
  Require(facts.unreadable.empty(), "bytes in memory give no I/O error");
  Require(facts.container == Container::kGpt || facts.table.absent(),
          "only a disk has a table");
  Require(facts.container != Container::kUnknown || facts.layout.absent(),
          "what is not known has no layout");
  Require(facts.container != Container::kGpt ||
              facts.layout.value() == nullptr || facts.table.value() != nullptr,
          "a layout is one of a table");
  const Layout* const layout = facts.layout.value();
  Require(facts.verity.absent() != (layout && layout->verity.has_value()),
          "a hash tree is looked at where there is one");
  Require(facts.signature.absent() != (layout && layout->signature.has_value()),
          "a signature is looked at where there is one");
}

void CheckInside(const ImageFacts& facts) {
  if (facts.filesystem.value() == nullptr) {
    Require(facts.release.absent() && !facts.has_os_release &&
                facts.forbidden_paths.empty() && facts.tree.absent(),
            "nothing is said of what was not read");
  }
  if (facts.layout.value() == nullptr) {
    Require(facts.filesystem.absent(), "no layout, no filesystem");
  }
  const bool bad = facts.data_check.first_bad_offset.has_value();
  Require(!bad || facts.verity.value() != nullptr,
          "only a hash tree is contradicted");
  Require(!bad || !facts.data_check.complete, "wrong data is not right");
}

void CheckWritten(const ImageFacts& facts) {
  const auto bytes = FactsFromBytes(FactsToBytes(facts));
  Require(bytes.ok() && *bytes == facts, "bytes read back equal");
  const auto json = FactsFromJson(FactsToJson(facts));
  Require(json.ok() && *json == facts, "JSON reads back equal");
}

// `first` is what Inspect() found out of the contents.
void CheckConfined(absl::Span<const uint8_t> bytes, ImageFacts first) {
  BufferReader image(bytes);
  FakeHost host;
  ImageFacts facts = ConfinedLook(image, kFileName, ImageClass::kSysext,
                                  Reach(Depth::kContents, TreeWalk::kYes), host)
                         .Finish();
  const ImageFacts copy = LookAtCopy(image, facts, TreeWalk::kYes, host);
  Require(copy == facts, "a copy has the facts of the original");
  LookAtStrangers(host, facts);
  Require(facts == first, "in confinement the facts are the same");
}

void Check(absl::Span<const uint8_t> bytes) {
  const ImageFacts path = Look(bytes, Depth::kSignaturePath);
  const ImageFacts contents = Look(bytes, Depth::kContents);
  const ImageFacts all = Look(bytes, Depth::kEveryBlock);
  Require(contents == Look(bytes, Depth::kContents), "looked at alike twice");
  for (const ImageFacts* facts : {&path, &contents, &all}) {
    CheckOutside(*facts);
    CheckInside(*facts);
    CheckWritten(*facts);
  }
  ImageFacts outside = contents;
  outside.contents() = ImageContents();
  outside.data_check = DataCheck();
  Require(path == outside, "the signature path is the same at every depth");
  Require(all.sha256.has_value(), "every byte is hashed");
  Require(!contents.data_check.first_bad_offset ||
              (all.data_check.first_bad_offset &&
               *all.data_check.first_bad_offset <=
                   *contents.data_check.first_bad_offset),
          "what contradicts the tree is found by reading all too");
  ImageFacts deep = all;
  deep.sha256.reset();
  deep.data_check = contents.data_check;
  Require(deep == contents, "reading all tells nothing else");
  const ImageFacts walked =
      Look(bytes, Reach(Depth::kContents, TreeWalk::kYes));
  CheckInside(walked);
  CheckWritten(walked);
  Require(walked.tree.absent() == (walked.filesystem.value() == nullptr),
          "what was read is walked over");
  if (walked.data_check == contents.data_check) {
    ImageFacts without = walked;
    without.tree = Absent();
    Require(without == contents, "a walk tells nothing else");
  }
  CheckConfined(bytes, walked);
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::Span<const uint8_t> image = input.Rest();
  extgate::Check(image);
  const std::vector<uint8_t> repaired = extgate::RepairedTable(image);
  if (absl::MakeConstSpan(repaired) != image) extgate::Check(repaired);
  return 0;
}
