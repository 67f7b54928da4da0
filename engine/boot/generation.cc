// Way in: GenerationOf.
#include "engine/boot/generation.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// One line; a name has no newline (systemd takes none that has).
std::string Line(ImageClass image_class, uint64_t size_bytes,
                 absl::string_view root_hash, absl::string_view sha256,
                 absl::string_view name) {
  return absl::StrCat(ToWord(image_class), " ", size_bytes, " ",
                      root_hash.empty() ? sha256 : root_hash, " ", name, "\n");
}

std::string DigestOf(absl::string_view policy_sha256,
                     std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  StreamDigest digest;
  const std::string text =
      absl::StrCat(policy_sha256, "\n", absl::StrJoin(lines, ""));
  digest.Update(BytesOf(text));
  return digest.Finish().hex();
}

}  // namespace

std::string GenerationOf(absl::string_view policy_sha256,
                         const std::vector<DecidedImage>& images) {
  std::vector<std::string> lines;
  for (const DecidedImage& image : images) {
    const ImageFacts& facts = image.facts;
    const VerityTree* const tree = facts.verity.value();
    lines.push_back(
        Line(facts.image_class, facts.size_bytes,
             tree != nullptr && tree->root_hash ? tree->root_hash->hex() : "",
             facts.sha256 ? facts.sha256->hex() : "", facts.name));
  }
  return DigestOf(policy_sha256, std::move(lines));
}

std::string GenerationOf(const Report& report) {
  std::vector<std::string> lines;
  for (const ReportedImage& image : report.images) {
    lines.push_back(Line(image.image_class, image.size_bytes, image.root_hash,
                         image.sha256, image.name));
  }
  return DigestOf(report.policy_sha256, std::move(lines));
}

}  // namespace extgate
