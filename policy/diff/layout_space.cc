// One way in: LayoutsFor.
#include "policy/diff/layout_space.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "policy/diff/fresh_digest.h"
#include "policy/diff/signer_space.h"
#include "policy/image_sketch.h"
#include "policy/requirement.h"
#include "policy/words.h"

namespace extgate {
namespace {

constexpr uint64_t kGrowfs = uint64_t{1} << 59;  // GPT attribute bits
constexpr uint64_t kReadOnly = uint64_t{1} << 60;

// Designators beside the data that `policies` treat differently. Of those that
// each policy treats alike two are enough: one may be there and one absent.
std::vector<std::string> OtherDesignators(
    absl::Span<const ImagePolicy> policies) {
  std::map<std::vector<PartitionFlags>, int> alike;
  std::vector<std::string> words;
  for (const PartitionDesignator other : kOtherPartitionDesignators) {
    std::vector<PartitionFlags> flags;
    for (const ImagePolicy& policy : policies) {
      flags.push_back(policy.FlagsFor(other));
    }
    const bool differs = absl::c_any_of(
        flags, [&](PartitionFlags one) { return one != flags[0]; });
    if (differs && ++alike[flags] <= 2) words.push_back(ToString(other));
  }
  absl::c_sort(words);
  return words;
}

// Which of `words` are there: the bits of `number`.
std::vector<std::string> Subset(const std::vector<std::string>& words,
                                size_t number) {
  std::vector<std::string> subset;
  for (size_t i = 0; i < words.size(); ++i) {
    if ((number >> i & 1) != 0) subset.push_back(words[i]);
  }
  return subset;
}

// Without attributes.
std::vector<ImageSketch> AllLayouts(absl::Span<const ImagePolicy> policies) {
  const std::vector<std::string> others = OtherDesignators(policies);
  std::vector<ImageSketch> sketches;
  for (const Designator designator : {Designator::kRoot, Designator::kUsr}) {
    for (const auto& [helpers, word] : Words<SketchedHelpers>::kTable) {
      for (size_t number = 0; number < size_t{1} << others.size(); ++number) {
        for (const bool below : {false, true}) {
          if (below && designator == Designator::kRoot) continue;
          ImageSketch& sketch = sketches.emplace_back();
          sketch.designator = designator;
          sketch.helpers = helpers;
          sketch.other_designators = Subset(others, number);
          sketch.root_below = below;
          if (helpers != SketchedHelpers::kNone) {
            sketch.root_hash = *RootHash::Parse(kFreshDigest);
          }
        }
      }
    }
  }
  ImageSketch& bare = sketches.emplace_back();
  bare.architecture = std::nullopt;
  bare.helpers = SketchedHelpers::kNone;
  return sketches;
}

// Attributes by which some policy may tell partitions apart.
std::vector<uint64_t> AttributesFor(absl::Span<const ImagePolicy> policies,
                                    PartitionDesignator designator) {
  const bool told = absl::c_any_of(policies, [&](const ImagePolicy& policy) {
    const PartitionFlags flags = policy.FlagsFor(designator);
    for (const PartitionFlags both : {kFlagsReadOnly, kFlagsGrowfs}) {
      if ((flags & both) != 0 && (flags & both) != both) return true;
    }
    return false;
  });
  if (!told) return {0};
  return {0, kGrowfs, kReadOnly, kGrowfs | kReadOnly};
}

// `images` with each of `attributes` on one of their partitions.
template <typename Set>
std::vector<ImageFacts> WithAttributes(const std::vector<ImageFacts>& images,
                                       const std::vector<uint64_t>& attributes,
                                       const Set& set) {
  std::vector<ImageFacts> all;
  for (const ImageFacts& image : images) {
    for (const uint64_t bits : attributes) {
      all.push_back(image);
      set(all.back(), bits);
    }
  }
  return all;
}

// `image` with all attributes of its partitions that count.
std::vector<ImageFacts> AllAttributes(const ImageFacts& image,
                                      absl::Span<const ImagePolicy> policies) {
  std::vector<ImageFacts> images = {image};
  const Layout& layout = *image.layout.value();
  if (image.container != Container::kGpt) return images;
  const DesignatorTriple triple = TripleOf(layout.designator);
  images = WithAttributes(images, AttributesFor(policies, triple.data),
                          [](ImageFacts& facts, uint64_t bits) {
                            facts.layout.value()->data_attributes = bits;
                            facts.table.value()->partitions[0].attributes =
                                bits;
                          });
  const auto set_at = [&](const std::optional<ByteRange>& range,
                          PartitionDesignator designator) {
    if (!range.has_value()) return;
    images = WithAttributes(
        images, AttributesFor(policies, designator),
        [&](ImageFacts& facts, uint64_t bits) {
          for (Partition& one : facts.table.value()->partitions) {
            if (one.range == *range) one.attributes = bits;
          }
        });
  };
  set_at(layout.verity, triple.tree);
  set_at(layout.signature, triple.signature);
  if (layout.root_below.has_value()) {
    images = WithAttributes(
        images, AttributesFor(policies, PartitionDesignator::kRoot),
        [](ImageFacts& facts, uint64_t bits) {
          facts.layout.value()->root_below->attributes = bits;
        });
  }
  return images;
}

// What `policies` say of it, and what else is asked of a layout.
std::vector<bool> WaysOf(const ImageFacts& image,
                         absl::Span<const ImagePolicy> policies) {
  const bool has_signature = image.signature.value() != nullptr;
  std::vector<bool> ways = {has_signature, image.verity.value() != nullptr,
                            image.layout.value()->root_below.has_value(),
                            image.container == Container::kGpt};
  for (const bool trusted : {false, true}) {
    const SignatureStanding standing = !has_signature ? SignatureStanding()
                                       : trusted      ? SomebodyTrusted()
                                                      : Stranger();
    for (const ImagePolicy& policy : policies) {
      ways.push_back(UnmetImagePolicy(image, standing, policy).empty());
    }
  }
  return ways;
}

}  // namespace

std::vector<SeenLayout> LayoutsFor(absl::Span<const ImagePolicy> policies) {
  std::vector<SeenLayout> layouts;
  std::set<std::vector<bool>> seen;
  for (const ImageSketch& sketch : AllLayouts(policies)) {
    for (ImageFacts& image : AllAttributes(FactsOf(sketch), policies)) {
      if (!seen.insert(WaysOf(image, policies)).second) continue;
      const bool is_signed = image.signature.value() != nullptr;
      layouts.push_back({std::move(image), is_signed});
    }
  }
  return layouts;
}

}  // namespace extgate
