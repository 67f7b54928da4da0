// The way in is SubjectOf.
#include "policy/subject.h"

#include <optional>

#include "policy/protection.h"

namespace extgate {
namespace {

template <typename T>
const T* PointerTo(const std::optional<T>& value) {
  return value.has_value() ? &*value : nullptr;
}

}  // namespace

Subject SubjectOf(const ImageFacts& image, const SignatureStanding& standing,
                  const HostFacts& host) {
  Subject subject;
  subject.outside_name = image.name;
  subject.inside_name = image.name;
  subject.image_class = image.image_class;
  subject.sha256 = PointerTo(image.sha256);
  subject.entry = host.entry;
  if (const VerityTree* tree = image.verity.value()) {
    subject.root_hash = PointerTo(tree->root_hash);
  }
  subject.whole_root_hash = WholeRootHash(image);
  if (const Layout* layout = image.layout.value()) {
    subject.architecture = layout->architecture;
  }
  if (const ExtensionRelease* release = image.release.value()) {
    subject.inside_name = release->name;
    const auto field = release->fields.find("ARCHITECTURE");
    if (!subject.architecture.has_value() && field != release->fields.end()) {
      subject.architecture = FromWord<Architecture>(field->second);
    }
  }
  subject.signature = standing.state;
  subject.signed_as_a_whole = IsSignedAsAWhole(image, standing);
  subject.signers = standing.signers;
  return subject;
}

}  // namespace extgate
