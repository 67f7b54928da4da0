#include "engine/facts_codec.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/filesystem_fixture.h"
#include "engine/image/image_builder.h"
#include "engine/image/inspect.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::HasSubstr;
using testing::Not;

SignatureClaims FullClaims() {
  return {{{std::string("\x30\0", 2),
            std::string("\x02\x01\0", 3),
            "CN=Acme, serial 00",
            SignatureDigest::kSha512,
            SignatureKey::kEc,
            std::string("\x31\0", 2),
            "\xff\xfe",
            {{"CN=x", *Fingerprint::Parse(std::string(64, 'd')),
              *FileDigest::Parse(std::string(64, 'e')), EmbeddedProof::kMade}}},
           {}}};
}

// Every field set to something that is not its default.
ImageFacts Full() {
  ImageFacts facts;
  facts.file_name = "gr\xc3\xbc\xc3\x9f\n\"\\.confext.raw";
  facts.name = "k3s";
  facts.image_class = ImageClass::kConfext;
  facts.size_bytes = uint64_t{1} << 40;
  facts.unreadable = "no";
  facts.container = Container::kGpt;
  facts.table = PartitionTable{
      4096,
      {{3, "type", "uuid", "label\x01", ~uint64_t{0}, {4096, 8192}},
       {4, "t", "u", "", 0, {1, 2}}}};
  facts.layout =
      Layout{Designator::kUsr, Architecture::kArm64, {1, 2},
             ByteRange{3, 4},  ByteRange{5, 6},      "data uuid",
             "verity uuid",    uint64_t{1} << 60,    {"esp", "swap"}};
  facts.verity = VerityTree{"sha512",
                            4096,
                            1024,
                            uint64_t{1} << 50,
                            {0, 1, 0xff},
                            77,
                            *RootHash::Parse(std::string(128, 'a'))};
  facts.signature =
      VeritySignature{*RootHash::Parse(std::string(64, 'b')),
                      std::string("\x30\x00\xff", 3), FullClaims()};
  facts.filesystem = std::string("erofs");
  facts.release = ExtensionRelease{.name = "k3s",
                                   .by_fallback = true,
                                   .fields = {{"ID", "_any"}, {"EMPTY", ""}},
                                   .lax = true};
  facts.has_os_release = true;
  facts.forbidden_paths = {"usr/lib/extgate", "usr/lib/verity.d"};
  facts.tree = TreeFacts{
      {{"usr", FileType::kDirectory, 0755, 1, 2, 0, 0, "", {}},
       {"usr/x", FileType::kCharDevice, 04755, 0, 0, 1, 3, "", {"a", "b"}},
       {"usr/y", FileType::kSymlink, 0777, 0, 0, 0, 0, "../x", {}}},
      true};
  facts.data_check = {true, 4096};
  facts.sha256 = *FileDigest::Parse(std::string(64, 'c'));
  return facts;
}

// The same with nothing but what is wrong with each aspect.
ImageFacts Broken() {
  ImageFacts facts;
  facts.table = Malformed{"entry 3", "why"};
  facts.layout = Unsupported{"root and usr"};
  facts.verity = Malformed{"superblock", "bad"};
  facts.signature = Unsupported{"x"};
  facts.filesystem = Unsupported{"ext4"};
  facts.release = Malformed{"line 1", "no ="};
  facts.tree = Malformed{"tree", "a cycle"};
  facts.data_check.first_bad_offset = 0;
  return facts;
}

void ExpectReadsBackEqual(const ImageFacts& facts) {
  const std::string json = FactsToJson(facts);
  EXPECT_THAT(json, Not(HasSubstr("\n")));
  const auto read = FactsFromJson(json);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(*read == facts) << json << "\n" << FactsToJson(*read);
}

TEST(FactsCodecTest, JsonReadsBackEqual) {
  ExpectReadsBackEqual(Full());
  ExpectReadsBackEqual(Broken());
  ExpectReadsBackEqual(ImageFacts());
}

TEST(FactsCodecTest, RootAndUsrHaveAWordOfTheirOwn) {
  ImageFacts facts = Full();
  facts.layout.value()->designator = Designator::kUsr;
  const std::string of_usr = FactsToJson(facts);
  facts.layout.value()->root_below =
      RootBelow{{4096, 8192}, "uuid", uint64_t{1} << 60};
  ExpectReadsBackEqual(facts);
  // Whoever does not know the field must not take it for usr alone.
  std::string json = FactsToJson(facts);
  const std::string kWord = "\"designator\":\"root+usr\"";
  ASSERT_THAT(json, HasSubstr(kWord));
  json.replace(json.find(kWord), kWord.size(), "\"designator\":\"usr\"");
  EXPECT_FALSE(FactsFromJson(json).ok());
  std::string without = of_usr;
  const std::string kUsr = "\"designator\":\"usr\"";
  ASSERT_THAT(without, HasSubstr(kUsr));
  without.replace(without.find(kUsr), kUsr.size(), kWord);
  EXPECT_FALSE(FactsFromJson(without).ok());
}

TEST(FactsCodecTest, WhatInspectGivesReadsBackEqual) {
  TestImage whole;
  whole.data = ReadHostFile("testdata/images/plain.erofs");
  TestImage usr_unsigned;
  usr_unsigned.designator = Designator::kUsr;
  usr_unsigned.signer = nullptr;
  TestImage odd;
  odd.tree.salt.clear();
  odd.signature_json = "{";
  odd.more.push_back({"0657fd6d-a4ab-43c4-84e5-0933c84b4f4f",
                      "",
                      "swap",
                      0,
                      Bytes(4096, 0),
                      {},
                      {}});
  Bytes flipped = BuildImage(whole).bytes();
  flipped[BuildImage(whole).data.offset] ^= 1;
  Bytes truncated = BuildImage(whole).bytes();
  truncated.resize(truncated.size() / 2);
  const std::vector<std::pair<const char*, Bytes>> kCases = {
      {"signed", BuildImage(whole).bytes()},
      {"unsigned usr", BuildImage(usr_unsigned).bytes()},
      {"no salt, bad signature, more partitions", BuildImage(odd).bytes()},
      {"data against the tree", flipped},
      {"truncated", truncated},
      {"bare", whole.data},
      {"squashfs", ReadHostFile("testdata/images/zstd.squashfs")},
      {"noise", Bytes(100000, 0x5a)},
      {"empty", {}},
  };
  for (const auto& [name, bytes] : kCases) {
    SCOPED_TRACE(name);
    for (Depth depth : {Depth::kContents, Depth::kEveryBlock}) {
      BufferReader reader(bytes);
      const ImageFacts facts =
          Inspect(reader, "small.sysext.raw", ImageClass::kSysext, depth);
      ExpectReadsBackEqual(facts);
    }
  }
}

// Protobuf's maps have no order, not even one that lasts.
TEST(FactsCodecTest, EqualFactsAreWrittenAlike) {
  ImageFacts facts;
  ExtensionRelease release;
  for (int i = 0; i < 50; ++i) release.fields[absl::StrCat("KEY", i)] = "x";
  facts.release = release;
  const std::string json = FactsToJson(facts);
  const std::string bytes = FactsToBytes(facts);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(FactsToJson(*FactsFromJson(json)), json);
    EXPECT_EQ(FactsToBytes(*FactsFromBytes(bytes)), bytes);
  }
}

TEST(FactsCodecTest, StandingIsNotAmongTheFacts) {
  SignatureStanding standing;
  standing.state = SignatureState::kUntrusted;
  EXPECT_THAT(FactsToJson(Full()), Not(HasSubstr("standing")));
  const std::string json = FactsToJson(Full(), standing);
  EXPECT_THAT(json, HasSubstr(R"("standing":{"state":"untrusted")"));
  const auto read = FactsFromJson(json);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(*read == Full());
}

TEST(FactsCodecTest, WhatIsNotUtf8IsEscaped) {
  ImageFacts facts;
  facts.file_name = "a\xff\x01.raw";
  const auto read = FactsFromJson(FactsToJson(facts));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->file_name, "a\\xff\\x01.raw");
}

TEST(FactsCodecTest, WhatAreNoFactsIsRefused) {
  const std::string facts = FactsToJson(Full());
  const auto with = [&facts](const std::string& from, const std::string& to) {
    std::string changed = facts;
    const size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? changed
                                   : changed.replace(at, from.size(), to);
  };
  const std::string broken = FactsToJson(Broken());
  for (const std::string& json : {
           std::string(),
           std::string("{"),
           std::string("{}"),
           std::string("[]"),
           std::string(R"({"class":"sysext"})"),
           with(R"("class":"confext")", R"("class":"portable")"),
           with(R"("container":"gpt")", R"("container":"mbr")"),
           with(R"("designator":"usr")", R"("designator":"home")"),
           with(R"("architecture":"arm64")", R"("architecture":"m68k")"),
           with(R"("salt":"0001ff")", R"("salt":"0001fg")"),
           with(std::string(128, 'a'), "aa"),
           with(std::string(64, 'b'), ""),
           with(std::string(64, 'c'), "cc"),
           with(R"("filesystem":"erofs")",
                R"("problems":[{"aspect":"filesystem","kind":"odd"}])"),
           with(R"("filesystem":"erofs")",
                R"("problems":[{"aspect":"odd","kind":"malformed"}])"),
       }) {
    EXPECT_EQ(FactsFromJson(json).status().code(),
              absl::StatusCode::kInvalidArgument)
        << json;
  }
}

// What a reader that was taken over says must not reach standard error.
TEST(FactsCodecTest, TextThatIsNotUtf8IsRefusedWithoutAWord) {
  std::string bytes = FactsToBytes(Full());
  const size_t at = bytes.find("k3s");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 3, "\xff\xfe\xfd");
  std::string json = FactsToJson(Full());
  json.replace(json.find("k3s"), 3, "\xff\xfe\xfd");
  testing::internal::CaptureStderr();
  const auto from_bytes = FactsFromBytes(bytes);
  const auto from_json = FactsFromJson(json);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(from_bytes.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(from_json.status().code(), absl::StatusCode::kInvalidArgument);
}

// A value and a problem with it: the problem counts.
TEST(FactsCodecTest, AProblemOutweighsAValue) {
  std::string json = FactsToJson(Full());
  const std::string none = R"("problems":[])";
  ASSERT_NE(json.find(none), std::string::npos);
  json.replace(json.find(none), none.size(),
               R"("problems":[{"aspect":"signature","kind":"malformed"}])");
  const auto read = FactsFromJson(json);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_NE(read->signature.malformed(), nullptr);
}

}  // namespace
}  // namespace extgate
