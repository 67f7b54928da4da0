#include "engine/boot/generation.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;

DecidedImage Image(const std::string& name) {
  DecidedImage image;
  image.facts.name = name;
  image.facts.size_bytes = 4096;
  return image;
}

std::string Digest(const std::string& policy,
                   const std::vector<DecidedImage>& images) {
  return DigestOf(GenerationOf(policy, images));
}

TEST(GenerationTest, ItDoesNotHangOnOrderPlaceOrVerdict) {
  DecidedImage moved = Image("a");
  moved.candidate.path = "/elsewhere/a.raw";
  moved.decision.verdict = Verdict::kDeny;
  EXPECT_EQ(Digest("p", {Image("a"), Image("b")}),
            Digest("p", {Image("b"), moved}));
  EXPECT_EQ(Digest("p", {Image("a"), moved}), Digest("p", {Image("a")}));
  EXPECT_EQ(Digest("p", {}).size(), 64u);
}

TEST(GenerationTest, AnyOtherPolicyOrImageMakesAnotherOne) {
  const Generation mine = GenerationOf("p", {Image("a")});
  EXPECT_EQ(WhatChanged(mine, mine), "");
  EXPECT_EQ(WhatChanged(mine, GenerationOf("q", {Image("a")})),
            "the policy is another one");
  EXPECT_EQ(WhatChanged(mine, GenerationOf("p", {})), "the image `a` is gone");
  EXPECT_EQ(WhatChanged(mine, GenerationOf("p", {Image("a"), Image("b")})),
            "the image `b` is new");
  const std::function<void(DecidedImage&)> changes[] = {
      [](DecidedImage& image) { image.facts.name = "b"; },
      [](DecidedImage& image) {
        image.candidate.image_class = ImageClass::kConfext;
      },
      [](DecidedImage& image) { image.facts.size_bytes = 8192; },
      [](DecidedImage& image) {
        image.facts.sha256 = *FileDigest::Parse(std::string(64, 'a'));
      },
      [](DecidedImage& image) {
        VerityTree tree;
        tree.root_hash = *RootHash::Parse(std::string(64, 'b'));
        image.facts.verity = tree;
      },
  };
  for (const auto& change : changes) {
    DecidedImage image = Image("a");
    change(image);
    EXPECT_NE(DigestOf(mine), Digest("p", {image}));
  }
}

GenerationImage Made(const std::string& name, uint64_t size_bytes,
                     const std::string& digest) {
  return {ImageClass::kSysext, name, size_bytes, digest};
}

TEST(GenerationTest, ADigestThatOneSideDoesNotKnowTellsNothing) {
  const Generation known{"p", {Made("a", 1, "aa")}};
  const Generation unknown{"p", {Made("a", 1, "")}};
  EXPECT_EQ(WhatChanged(known, unknown), "");
  EXPECT_EQ(WhatChanged(unknown, known), "");
  EXPECT_EQ(WhatChanged(known, {"p", {Made("a", 1, "bb")}}),
            "the image `a` is another one");
  EXPECT_EQ(WhatChanged(unknown, {"p", {Made("a", 2, "")}}),
            "the image `a` is another one");
}

TEST(GenerationTest, OneOfTwoOfANameThatIsGoneIsTold) {
  const Generation both{"p", {Made("a", 1, "aa"), Made("a", 2, "bb")}};
  EXPECT_EQ(WhatChanged(both, {"p", {Made("a", 1, "aa")}}),
            "the image `a` is gone");
  EXPECT_EQ(WhatChanged(both, {"q", {Made("a", 1, "aa"), Made("a", 2, "cc")}}),
            "the policy is another one, the image `a` is another one");
}

TEST(GenerationTest, OfManyChangesSomeAreCounted) {
  Generation now{"p", {}};
  for (int i = 0; i < 7; ++i) {
    now.images.push_back(Made(absl::StrCat("a", i), 1, ""));
  }
  EXPECT_EQ(WhatChanged({"p", {}}, now),
            "the image `a0` is new, the image `a1` is new, the image `a2` is "
            "new, the image `a3` is new, and 3 more");
}

TEST(GenerationTest, OfAReportOnlyWhatAnotherBootHasCounts) {
  Report report;
  report.policy_sha256 = "p";
  for (const char* path :
       {"/.extra/sysext/carried.raw", "/run/extgate/incoming/sysext/too.raw",
        "/run/extensions/foreign.raw", "/run/extgate/foreign/sysext/older.raw",
        "/run/images/named.raw", "/var/lib/extensions/here.raw"}) {
    const std::string file =
        std::string(path).substr(std::string(path).rfind('/') + 1);
    ReportedImage image;
    image.name = file.substr(0, file.size() - 4);
    image.path = path;
    report.images.push_back(image);
  }
  std::vector<std::string> names;
  for (const GenerationImage& image :
       GenerationOf(report, {"/run/images"}).images) {
    names.push_back(image.name);
  }
  EXPECT_THAT(names, ElementsAre("carried", "here", "named", "too"));
}

// What a report has of it, and what the facts say, are the same.
TEST(GenerationTest, AReportSaysWhatTheImagesAre) {
  std::vector<DecidedImage> images;
  Report report;
  report.policy_sha256 = "p";
  for (const char* name : {"tree", "file", "nothing", ""}) {
    DecidedImage image = Image(name);
    image.facts.file_name = absl::StrCat(name, "\n.raw");
    image.candidate.image_class = ImageClass::kConfext;
    image.candidate.path = "/var/lib/confexts/x";
    if (image.facts.name == "tree") {
      VerityTree tree;
      tree.root_hash = *RootHash::Parse(std::string(64, 'b'));
      image.facts.verity = tree;
    }
    if (image.facts.name != "nothing") {
      image.facts.sha256 = *FileDigest::Parse(std::string(64, 'c'));
    }
    images.push_back(image);
    report.images.push_back(DescribeImage(image, {}));
  }
  EXPECT_EQ(GenerationOf(report, {}), GenerationOf("p", images));
}

TEST(GenerationTest, ItsTextIsReadBack) {
  for (const Generation& generation :
       {Generation{"p", {}}, Generation{"", {Made("a b", 7, "")}},
        Generation{"p", {Made("a", 1, "aa"), Made("b", 2, "")}}}) {
    const auto back = ParseGeneration(GenerationText(generation));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, generation);
  }
  for (const char* text :
       {"", "p", "p\nsysext", "p\nsysext 1 - a", "p\nsysext x - a\n",
        "p\nnothing 1 - a\n", "p\nsysext 1 -\n", "p\n\n"}) {
    EXPECT_EQ(ParseGeneration(text).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

}  // namespace
}  // namespace extgate
