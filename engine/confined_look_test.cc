// That looking in confinement sees what looking here sees, and that a reader
// which was taken over gains nothing.
#include "engine/confined_look.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/facts_codec.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/image_builder.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::HasSubstr;

TrustStore Trusting(const TestSigner& signer) {
  TrustStore store;
  store.Trust(signer.certificate(), "test");
  return store;
}

ImageFacts Look(const std::string& image, Confinement& confinement,
                Depth depth = Depth::kContents) {
  const Bytes bytes(image.begin(), image.end());
  BufferReader reader(bytes);
  return ConfinedLook(reader, "x.raw", ImageClass::kSysext, depth, confinement)
      .Finish();
}

TEST(ConfinedLookTest, SeesWhatInspectSees) {
  std::string flipped = ImageOf("x", &Vendor());
  flipped[flipped.size() / 3] ^= 1;
  std::string garbled = ImageOf("x", &Vendor());
  const size_t json = garbled.find("\"signature\"");
  ASSERT_NE(json, std::string::npos);
  garbled[json + 40] ^= 1;
  const std::pair<const char*, std::string> images[] = {
      {"signed", ImageOf("x", &Vendor())},
      {"unsigned", ImageOf("x", nullptr)},
      {"usr", ImageOf("x", &Stranger(), Designator::kUsr)},
      {"bare", Text(ErofsOf("x"))},
      {"noise", std::string(100000, 'n')},
      {"a flipped bit", flipped},
      {"garbled signature", garbled},
      {"truncated", ImageOf("x", &Vendor()).substr(0, 70000)},
      {"empty", ""},
  };
  FakeHost host;
  for (const auto& [name, image] : images) {
    const Bytes bytes(image.begin(), image.end());
    for (Depth depth :
         {Depth::kSignaturePath, Depth::kContents, Depth::kEveryBlock}) {
      BufferReader reader(bytes);
      const ImageFacts direct =
          Inspect(reader, "x.raw", ImageClass::kSysext, depth);
      ImageFacts looked = Look(image, host, depth);
      LookAtStrangers(host, looked);
      EXPECT_TRUE(looked == direct) << name;
    }
  }
}

TEST(ConfinedLookTest, ADeadReaderMakesTheImageUnreadable) {
  FakeHost host;
  host.fail_call = 1;
  const ImageFacts facts = Look(ImageOf("x", &Vendor()), host);
  EXPECT_NE(facts.unreadable, "");
  EXPECT_EQ(Evaluate(facts, {}, {}, {}).verdict, Verdict::kUnreadable);
  EXPECT_EQ(Look("noise", host).unreadable, "")
      << "where there is nothing inside nobody reads it";
}

// A reader that was taken over: it says what it likes.
class Liar : public Confinement {
 public:
  explicit Liar(std::vector<std::string> parts) : parts_(std::move(parts)) {}
  std::unique_ptr<ConfinedRun> Start(ImageReader&, Work) override {
    return std::make_unique<Lie>(parts_);
  }
  size_t lanes() const override { return 1; }

 private:
  class Lie : public ConfinedRun {
   public:
    explicit Lie(std::vector<std::string> parts) : parts_(std::move(parts)) {}
    absl::StatusOr<std::vector<std::string>> Finish() override {
      return parts_;
    }

   private:
    std::vector<std::string> parts_;
  };

  std::vector<std::string> parts_;
};

// Facts as those of a good signed image.
ImageFacts GoodFacts() {
  FakeHost host;
  return Look(ImageOf("x", &Vendor()), host);
}

TEST(ConfinedLookTest, ALiarCannotSignAnything) {
  const TrustStore trust = Trusting(Vendor());
  const std::string good = FactsToBytes(GoodFacts());
  Liar liar({good, good});
  const std::string images[] = {ImageOf("other", &Stranger()),
                                ImageOf("y", &Stranger(), Designator::kUsr)};
  for (const std::string& image : images) {
    const ImageFacts facts = Look(image, liar);
    EXPECT_EQ(facts.unreadable, "");
    EXPECT_NE(StandingOf(facts, trust).state, SignatureState::kTrusted);
    const Bytes bytes(image.begin(), image.end());
    BufferReader reader(bytes);
    const ImageFacts truth =
        Inspect(reader, "x.raw", ImageClass::kSysext, Depth::kContents);
    EXPECT_EQ(facts.table, truth.table);
    EXPECT_EQ(facts.layout, truth.layout);
    EXPECT_EQ(facts.verity, truth.verity);
    EXPECT_EQ(facts.signature.value()->root_hash,
              truth.signature.value()->root_hash);
    EXPECT_EQ(facts.sha256, std::nullopt);
  }
  // Nor can it give a signature to an image that has none.
  Liar one({good});
  EXPECT_TRUE(Look(ImageOf("z", nullptr), one).signature.absent());
}

TEST(ConfinedLookTest, AnAnswerThatIsNotOneMakesTheImageUnreadable) {
  const std::string good = FactsToBytes(GoodFacts());
  const std::vector<std::string> answers[] = {
      {},         {good}, {good, good, good}, {good, "\xff"}, {"\xff", good},
      {good, ""},
  };
  for (const std::vector<std::string>& parts : answers) {
    Liar liar(parts);
    EXPECT_NE(Look(ImageOf("x", &Vendor()), liar).unreadable, "");
  }
}

// The second look: at a private copy of what was looked at.
ImageFacts LookAgain(const std::string& copy, const ImageFacts& first,
                     Confinement& confinement) {
  const Bytes bytes(copy.begin(), copy.end());
  BufferReader reader(bytes);
  return LookAtCopy(reader, first, TreeWalk::kNo, confinement);
}

TEST(ConfinedLookTest, TheInsideOfACopyIsNotReadAgain) {
  FakeHost host;
  const std::string image = ImageOf("x", &Vendor());
  const ImageFacts first = Look(image, host);
  Liar nobody_asks({});
  EXPECT_TRUE(LookAgain(image, first, nobody_asks) == first);
  const std::string unsigned_image = ImageOf("x", nullptr);
  const ImageFacts unsigned_first = Look(unsigned_image, host);
  EXPECT_TRUE(LookAgain(unsigned_image, unsigned_first, nobody_asks) ==
              unsigned_first);
}

TEST(ConfinedLookTest, TheInsideOfACopyThatDiffersIsRead) {
  FakeHost host;
  const std::string image = ImageOf("x", &Vendor());
  const ImageFacts first = Look(image, host);
  const std::string copies[] = {ImageOf("x", &Stranger()),
                                ImageOf("other", &Vendor()),
                                ImageOf("x", nullptr), Text(ErofsOf("x"))};
  for (const std::string& copy : copies) {
    EXPECT_TRUE(LookAgain(copy, first, host) == Look(copy, host));
  }
  // Without a tree nothing says that the data is the same.
  const std::string bare = Text(ErofsOf("x"));
  Liar asked({});
  EXPECT_NE(LookAgain(bare, Look(bare, host), asked).unreadable, "");
  // Nor does a first look that saw a bad block.
  ImageFacts bad = first;
  bad.data_check.first_bad_offset = 0;
  bad.release = Absent();
  EXPECT_TRUE(LookAgain(image, bad, host) == first);
}

}  // namespace
}  // namespace extgate
