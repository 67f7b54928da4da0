// Way in: GenerationOf.
#include "engine/boot/generation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// One line; a name has no newline (systemd takes none that has).
std::string LineOf(const DecidedImage& image) {
  const ImageFacts& facts = image.facts;
  std::string content;
  if (const VerityTree* tree = facts.verity.value()) {
    if (tree->root_hash.has_value()) content = tree->root_hash->hex();
  }
  if (content.empty() && facts.sha256.has_value())
    content = facts.sha256->hex();
  return absl::StrCat(ToWord(facts.image_class), " ", facts.size_bytes, " ",
                      content, " ", facts.name, "\n");
}

}  // namespace

std::string GenerationOf(absl::string_view policy_sha256,
                         const std::vector<DecidedImage>& images) {
  std::vector<std::string> lines;
  for (const DecidedImage& image : images) lines.push_back(LineOf(image));
  std::sort(lines.begin(), lines.end());
  StreamDigest digest;
  const std::string text =
      absl::StrCat(policy_sha256, "\n", absl::StrJoin(lines, ""));
  digest.Update(BytesOf(text));
  return digest.Finish().hex();
}

}  // namespace extgate
