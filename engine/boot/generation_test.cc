#include "engine/boot/generation.h"

#include <functional>

#include "gtest/gtest.h"

namespace extgate {
namespace {

DecidedImage Image(const std::string& name) {
  DecidedImage image;
  image.facts.name = name;
  image.facts.size_bytes = 4096;
  return image;
}

TEST(GenerationTest, ItDoesNotHangOnOrderPlaceOrVerdict) {
  DecidedImage moved = Image("a");
  moved.candidate.path = "/elsewhere/a.raw";
  moved.decision.verdict = Verdict::kDeny;
  EXPECT_EQ(GenerationOf("p", {Image("a"), Image("b")}),
            GenerationOf("p", {Image("b"), moved}));
  EXPECT_EQ(GenerationOf("p", {}).size(), 64u);
}

TEST(GenerationTest, AnyOtherPolicyOrImageMakesAnotherOne) {
  const std::string mine = GenerationOf("p", {Image("a")});
  EXPECT_NE(mine, GenerationOf("q", {Image("a")}));
  EXPECT_NE(mine, GenerationOf("p", {}));
  EXPECT_NE(mine, GenerationOf("p", {Image("a"), Image("a")}));
  const std::function<void(ImageFacts&)> changes[] = {
      [](ImageFacts& facts) { facts.name = "b"; },
      [](ImageFacts& facts) { facts.image_class = ImageClass::kConfext; },
      [](ImageFacts& facts) { facts.size_bytes = 8192; },
      [](ImageFacts& facts) {
        facts.sha256 = *FileDigest::Parse(std::string(64, 'a'));
      },
      [](ImageFacts& facts) {
        facts.verity = VerityTree();
        VerityTree tree;
        tree.root_hash = *RootHash::Parse(std::string(64, 'b'));
        facts.verity = tree;
      },
  };
  for (const auto& change : changes) {
    DecidedImage image = Image("a");
    change(image.facts);
    EXPECT_NE(mine, GenerationOf("p", {image}));
  }
}

}  // namespace
}  // namespace extgate
