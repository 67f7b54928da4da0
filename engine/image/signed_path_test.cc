// The whole trusted path of small images: what holds, and that nothing that was
// changed does.
#include "engine/image/signed_path.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/image_builder.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

TrustStore TestStore() {
  TrustStore store;
  store.Trust(SharedTestSigner().certificate(), "test");
  return store;
}

SignedPath Read(const Bytes& bytes, const TrustStore& store) {
  BufferReader image(bytes);
  auto path = ReadSignedPath(image, store);
  EXPECT_TRUE(path.ok()) << path.status();
  return path.ok() ? *std::move(path) : SignedPath();
}

// Small, so that every bit can be flipped.
TestImage SmallOptions() {
  TestImage options;
  options.data = Bytes(20 * 512, 0x11);
  options.tree.data_block_size = options.tree.hash_block_size = 512;
  options.entry_count = 8;
  options.signature_partition_size = 2048;
  return options;
}

// With nothing in the signature partition but what counts.
TestImage BareOptions() {
  TestImage options = SmallOptions();
  options.signature.embed_certificate = false;
  const BuiltImage first = BuildImage(options);
  options.pkcs7_der = first.pkcs7_der;
  options.signature_json =
      absl::StrCat("{\"rootHash\":\"", first.root_hash, "\",\"signature\":\"",
                   absl::Base64Escape(first.pkcs7_der), "\"}");
  return options;
}

TEST(SignedPathTest, HoldsForEveryKindOfGoodImage) {
  const TrustStore store = TestStore();
  for (Designator designator : {Designator::kRoot, Designator::kUsr}) {
    for (uint32_t sector : {512u, 4096u}) {
      for (const char* algorithm : {"sha256", "sha512"}) {
        TestImage options;
        options.designator = designator;
        options.architecture = Architecture::kRiscv64;
        options.sector_size = sector;
        options.tree.algorithm = algorithm;
        const BuiltImage image = BuildImage(options);
        const SignedPath path = Read(image.bytes(), store);
        ASSERT_TRUE(path.Holds()) << path.standing.detail;
        const Layout& layout = *path.layout.value();
        EXPECT_EQ(layout.designator, designator);
        EXPECT_EQ(layout.architecture, Architecture::kRiscv64);
        EXPECT_EQ(layout.data, image.data);
        EXPECT_EQ(layout.verity, image.verity);
        EXPECT_EQ(layout.signature, image.signature);
        EXPECT_EQ(path.verity.value()->root_hash->hex(), image.root_hash);
        EXPECT_EQ(absl::StrCat(path.signature.value()->root_hash->hex()),
                  image.root_hash);
      }
    }
  }
}

TEST(SignedPathTest, UuidsAreTheHalvesOfTheRootHash) {
  const SignedPath path = Read(BuildImage().bytes(), TestStore());
  std::string uuids = absl::StrCat(path.layout.value()->data_uuid,
                                   path.layout.value()->verity_uuid);
  uuids.erase(std::remove(uuids.begin(), uuids.end(), '-'), uuids.end());
  EXPECT_EQ(uuids, path.verity.value()->root_hash->hex());
}

struct Case {
  const char* name;
  std::function<void(TestImage&)> change;
};

TEST(SignedPathTest, DoesNotHoldForTheWrongThing) {
  static const TestSigner* const stranger = new TestSigner({"stranger"});
  const Case cases[] = {
      {"no signature", [](TestImage& i) { i.signer = nullptr; }},
      {"no verity", [](TestImage& i) { i.with_verity = false; }},
      {"a stranger", [](TestImage& i) { i.signer = stranger; }},
      {"another hash signed",
       [](TestImage& i) { i.signed_content = std::string(64, 'a'); }},
      {"another hash stated",
       [](TestImage& i) { i.json_root_hash = std::string(64, 'a'); }},
      {"a newline signed",
       [](TestImage& i) { i.signed_content = BuildImage(i).root_hash + "\n"; }},
      {"upper case signed",
       [](TestImage& i) {
         i.signed_content = absl::AsciiStrToUpper(BuildImage(i).root_hash);
       }},
      {"no PKCS#7", [](TestImage& i) { i.pkcs7_der = "garbage"; }},
      {"no JSON", [](TestImage& i) { i.signature_json = "garbage"; }},
      {"verity for another machine",
       [](TestImage& i) { i.verity_architecture = Architecture::kArm64; }},
      {"signature for another machine",
       [](TestImage& i) { i.signature_architecture = Architecture::kArm64; }},
      {"the data of another image under this signature",
       [](TestImage& i) {
         const BuiltImage good = BuildImage(i);
         i.signature_json = good.json;
         i.data[0] ^= 1;
       }},
  };
  const TrustStore store = TestStore();
  for (const Case& test : cases) {
    TestImage options = SmallOptions();
    ASSERT_TRUE(Read(BuildImage(options).bytes(), store).Holds());
    test.change(options);
    EXPECT_FALSE(Read(BuildImage(options).bytes(), store).Holds()) << test.name;
  }
}

TEST(SignedPathTest, EveryTruncationIsRefused) {
  const TrustStore store = TestStore();
  const BuiltImage image = BuildImage(SmallOptions());
  for (size_t size = 0; size < image.bytes().size(); ++size) {
    BufferReader reader(absl::MakeConstSpan(image.bytes()).first(size));
    const auto path = ReadSignedPath(reader, store);
    ASSERT_TRUE(path.ok()) << path.status();
    ASSERT_FALSE(path->Holds()) << size;
  }
}

// Everything between byte 0 and a verified signature, the data excepted.
std::vector<ByteRange> SignedRanges(const BuiltImage& image) {
  const BuiltDisk& disk = image.disk;
  return {{446, 66},  // partitions and magic of the protective MBR
          {512, 92},
          {disk.backup_header, 92},
          {disk.primary_entries, 8 * 128},
          {disk.backup_entries, 8 * 128},
          {image.verity.offset, 1024},  // superblock and top hash block
          image.signature};
}

// Calls `check` for each flipped bit that leaves the path holding.
void ForEachHoldingFlip(
    BuiltImage& image,
    const std::function<void(uint64_t byte, const SignedPath&)>& check) {
  const TrustStore store = TestStore();
  Bytes& bytes = image.disk.bytes;
  for (const ByteRange& range : SignedRanges(image)) {
    for (uint64_t bit = 8 * range.offset; bit < 8 * (range.offset + range.size);
         ++bit) {
      bytes[bit / 8] ^= 1 << bit % 8;
      BufferReader reader(bytes);
      const auto path = ReadSignedPath(reader, store);
      ASSERT_TRUE(path.ok()) << path.status();
      if (path->Holds()) check(bit / 8, *path);
      bytes[bit / 8] ^= 1 << bit % 8;
    }
  }
}

TEST(SignedPathTest, AnyBitFlipInTheSignedPathNeverAllows) {
  BuiltImage image = BuildImage(BareOptions());
  const SignedPath good = Read(image.bytes(), TestStore());
  ASSERT_TRUE(good.Holds());
  const uint64_t superblock = image.verity.offset;
  const uint64_t hash = image.signature.offset + image.json.find(":\"") + 2;
  int harmless = 0;
  ForEachHoldingFlip(image, [&](uint64_t byte, const SignedPath& path) {
    ++harmless;
    // Cylinders, start and length in the protective MBR, which nobody reads.
    const bool mbr = byte >= 446 && byte < 510;
    const bool uuid = byte >= superblock + 16 && byte < superblock + 32;
    const bool letter_case = byte >= hash && byte < hash + 64;
    // Fewer blocks: dm-verity's root hash does not speak of their number.
    const bool fewer =
        byte >= superblock + 72 && byte < superblock + 80 &&
        path.verity.value()->data_blocks < good.verity.value()->data_blocks;
    // A zero that becomes a space behind the object.
    const bool space = byte == image.signature.offset + image.json.size();
    ASSERT_TRUE(mbr || uuid || letter_case || fewer || space)
        << "byte " << byte;
    ASSERT_EQ(path.layout, good.layout);
    ASSERT_EQ(path.verity.value()->root_hash, good.verity.value()->root_hash);
    ASSERT_EQ(path.standing, good.standing);
    if (!fewer) {
      ASSERT_EQ(path.verity, good.verity);
    }
  });
  // 120 bits of the MBR's one entry (its type and 3 more are noticed), 128 of
  // the UUID, the letters of the hash and a few bits of the count.
  EXPECT_GT(harmless, 0);
  EXPECT_LT(harmless, 400);
}

TEST(SignedPathTest, AFlipBesideTheSignatureChangesNothingThatCounts) {
  // As systemd-repart writes it: with the certificate and its fingerprint.
  BuiltImage image = BuildImage(SmallOptions());
  const SignedPath good = Read(image.bytes(), TestStore());
  ASSERT_TRUE(good.Holds());
  ForEachHoldingFlip(image, [&](uint64_t byte, const SignedPath& path) {
    ASSERT_EQ(path.layout, good.layout) << byte;
    ASSERT_EQ(path.verity.value()->root_hash, good.verity.value()->root_hash);
    ASSERT_EQ(path.verity.value()->salt, good.verity.value()->salt);
    ASSERT_EQ(path.standing, good.standing) << byte;
  });
}

}  // namespace
}  // namespace extgate
