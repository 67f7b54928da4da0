// Ways in: GenerationOf and WhatChanged.
#include "engine/boot/generation.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/boot/lasting_place.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// So many changes are told one by one.
constexpr size_t kMostChanges = 4;
// In a line of text, of an image without a digest.
constexpr char kNoDigest[] = "-";

Generation Sorted(absl::string_view policy_sha256,
                  std::vector<GenerationImage> images) {
  std::sort(images.begin(), images.end());
  images.erase(std::unique(images.begin(), images.end()), images.end());
  return {std::string(policy_sha256), std::move(images)};
}

bool IsCalledAlike(const GenerationImage& one, const GenerationImage& other) {
  return one.image_class == other.image_class && one.name == other.name;
}

template <typename Is>
bool Has(const std::vector<GenerationImage>& images, const GenerationImage& one,
         Is is) {
  return std::any_of(
      images.begin(), images.end(),
      [&](const GenerationImage& other) { return is(one, other); });
}

absl::StatusOr<GenerationImage> ParseImage(absl::string_view line) {
  const std::vector<std::string> parts =
      absl::StrSplit(line, absl::MaxSplits(' ', 3));
  GenerationImage image;
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[1], &image.size_bytes)) {
    return absl::InvalidArgumentError("a line that tells of no image");
  }
  const auto image_class = FromWord<ImageClass>(parts[0]);
  if (!image_class.has_value()) {
    return absl::InvalidArgumentError("an image of no class");
  }
  image.image_class = *image_class;
  if (parts[2] != kNoDigest) image.digest = parts[2];
  image.name = parts[3];
  return image;
}

}  // namespace

Generation GenerationOf(absl::string_view policy_sha256,
                        const std::vector<DecidedImage>& images) {
  std::vector<GenerationImage> made;
  for (const DecidedImage& image : images) {
    const ImageFacts& facts = image.facts;
    const VerityTree* const tree = facts.verity.value();
    std::string digest;
    if (tree != nullptr && tree->root_hash) {
      digest = tree->root_hash->hex();
    } else if (facts.sha256) {
      digest = facts.sha256->hex();
    }
    made.push_back(
        {image.candidate.image_class,
         PrintableText(facts.name.empty() ? facts.file_name : facts.name),
         facts.size_bytes, std::move(digest)});
  }
  return Sorted(policy_sha256, std::move(made));
}

Generation GenerationOf(const Report& report,
                        const std::vector<std::string>& sources) {
  std::vector<GenerationImage> made;
  for (const ReportedImage& image : report.images) {
    if (!IsCarried(image.path) && !OutlivesABoot(image.path, sources)) continue;
    made.push_back({image.image_class, PrintableText(image.name),
                    image.size_bytes,
                    image.root_hash.empty() ? image.sha256 : image.root_hash});
  }
  return Sorted(report.policy_sha256, std::move(made));
}

std::string GenerationText(const Generation& generation) {
  std::string text = absl::StrCat(generation.policy_sha256, "\n");
  for (const GenerationImage& image : generation.images) {
    absl::StrAppend(&text, ToWord(image.image_class), " ", image.size_bytes,
                    " ", image.digest.empty() ? kNoDigest : image.digest, " ",
                    image.name, "\n");
  }
  return text;
}

absl::StatusOr<Generation> ParseGeneration(absl::string_view text) {
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (lines.size() < 2 || !lines.back().empty()) {
    return absl::InvalidArgumentError("a generation that is cut short");
  }
  lines.pop_back();
  std::vector<GenerationImage> images;
  for (size_t i = 1; i < lines.size(); ++i) {
    auto image = ParseImage(lines[i]);
    if (!image.ok()) return image.status();
    images.push_back(*std::move(image));
  }
  return Sorted(lines[0], std::move(images));
}

std::string DigestOf(const Generation& generation) {
  StreamDigest digest;
  const std::string text = GenerationText(generation);
  digest.Update(BytesOf(text));
  return digest.Finish().hex();
}

bool MayBeTheSame(const GenerationImage& one, const GenerationImage& other) {
  return IsCalledAlike(one, other) && one.size_bytes == other.size_bytes &&
         (one.digest == other.digest || one.digest.empty() ||
          other.digest.empty());
}

std::string WhatChanged(const Generation& good, const Generation& now) {
  std::vector<std::string> changes;
  if (good.policy_sha256 != now.policy_sha256) {
    changes.push_back("the policy is another one");
  }
  const auto tell = [&](const GenerationImage& image, absl::string_view what) {
    changes.push_back(absl::StrCat("the image `", image.name, "` is ", what));
  };
  std::vector<GenerationImage> replaced;
  for (const GenerationImage& image : now.images) {
    if (Has(good.images, image, MayBeTheSame)) continue;
    const bool known = Has(good.images, image, IsCalledAlike);
    tell(image, known ? "another one" : "new");
    if (known) replaced.push_back(image);
  }
  for (const GenerationImage& image : good.images) {
    if (Has(now.images, image, MayBeTheSame) ||
        Has(replaced, image, IsCalledAlike)) {
      continue;
    }
    tell(image, "gone");
  }
  if (changes.size() > kMostChanges) {
    const size_t more = changes.size() - kMostChanges;
    changes.resize(kMostChanges);
    changes.push_back(absl::StrCat("and ", more, " more"));
  }
  return absl::StrJoin(changes, ", ");
}

}  // namespace extgate
