// Other programs as judges: veritysetup, openssl and systemd-repart make what
// is read here, and openssl reads what was made here. tools/install-deps
// installs them; a program that is missing fails the test.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/crypto/testing/standing_of_der.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/image_builder.h"
#include "engine/image/partition_types.h"
#include "engine/image/signed_path.h"
#include "engine/image/superblock_probe.h"
#include "engine/image/verified_reader.h"
#include "engine/image/verity.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

std::string Path(absl::string_view name) {
  return absl::StrCat(testing::TempDir(), "/", name);
}

void WriteFile(const std::string& path, absl::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), content.size());
  ASSERT_TRUE(file.good()) << path;
}

Bytes ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

std::string Text(const Bytes& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

// Runs a shell command; its output goes into `output`.
int Shell(const std::string& command, std::string* output = nullptr) {
  const std::string log = Path("log");
  const int status =
      std::system(absl::StrCat("PATH=/usr/sbin:/usr/bin:/sbin:/bin; (", command,
                               ") >", log, " 2>&1")
                      .c_str());
  const std::string text = Text(ReadFile(log));
  if (status != 0)
    std::fprintf(stderr, "%s\n%s", command.c_str(), text.c_str());
  if (output != nullptr) *output = text;
  return status;
}

Bytes Noise(size_t size) {
  std::mt19937 generator(size);
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(generator());
  return bytes;
}

struct Format {
  uint64_t data_blocks;
  uint32_t data_block_size;
  uint32_t hash_block_size;
  const char* algorithm;
  const char* salt;
};

TEST(OracleTest, VeritysetupComputesTheSameRootHash) {
  const Format formats[] = {
      {1, 4096, 4096, "sha256", "00ff"},
      {2, 4096, 4096, "sha256", "-"},
      {128, 4096, 4096, "sha256", "01"},
      {129, 4096, 4096, "sha256", "01"},
      {300, 512, 512, "sha256", "aabb"},
      {300, 1024, 512, "sha512", "-"},
      {1000, 4096, 1024, "sha512", "00112233445566778899"},
      {20000, 512, 4096, "sha256", "7f"},
  };
  for (const Format& format : formats) {
    const Bytes data = Noise(format.data_blocks * format.data_block_size);
    WriteFile(Path("data"), Text(data));
    std::remove(Path("hash").c_str());
    std::string output;
    ASSERT_EQ(Shell(absl::StrCat("veritysetup format ", Path("data"), " ",
                                 Path("hash"), " --hash=", format.algorithm,
                                 " --salt=", format.salt,
                                 " --data-block-size=", format.data_block_size,
                                 " --hash-block-size=", format.hash_block_size),
                    &output),
              0);
    Bytes both = data;
    const Bytes hash = ReadFile(Path("hash"));
    both.insert(both.end(), hash.begin(), hash.end());
    BufferReader image(both);
    const ByteRange data_range{0, data.size()};
    const ByteRange verity_range{data.size(), hash.size()};
    const auto tree = ReadVerityTree(image, data_range, verity_range);
    ASSERT_TRUE(tree.ok() && tree->value() != nullptr) << output;
    EXPECT_THAT(output, testing::HasSubstr(tree->value()->root_hash->hex()));
    const auto check =
        VerifyAllData(image, data_range, verity_range, *tree->value());
    ASSERT_TRUE(check.ok()) << check.status();
    EXPECT_TRUE(check->complete);
  }
}

// A key and certificate made by openssl, as files k.pem and c.pem.
void MakeKey(const char* options) {
  ASSERT_EQ(Shell(absl::StrCat("openssl req -x509 -nodes -days 2 -subj "
                               "'/O=Acme/CN=oracle' -newkey ",
                               options, " -keyout ", Path("k.pem"), " -out ",
                               Path("c.pem"))),
            0);
}

TrustStore TrustingFile(const std::string& path) {
  TrustStore store;
  auto certificates = ParsePem(Text(ReadFile(path)));
  EXPECT_TRUE(certificates.ok()) << certificates.status();
  if (certificates.ok()) store.Trust((*certificates)[0], path);
  return store;
}

TEST(OracleTest, OpensslSignsAndItIsTrusted) {
  const std::string content(64, 'b');
  WriteFile(Path("content"), content);
  for (const char* key : {"rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-384"}) {
    MakeKey(key);
    const TrustStore store = TrustingFile(Path("c.pem"));
    for (const char* sign :
         {"smime -sign -nocerts -noattr", "smime -sign -noattr", "smime -sign",
          "cms -sign -noattr", "cms -sign -md sha512", "cms -sign -nocerts"}) {
      ASSERT_EQ(
          Shell(absl::StrCat("openssl ", sign, " -binary -outform der -in ",
                             Path("content"), " -signer ", Path("c.pem"),
                             " -inkey ", Path("k.pem"), " -out ", Path("sig"))),
          0);
      const std::string der = Text(ReadFile(Path("sig")));
      const SignatureStanding standing = StandingOfDer(store, der, content);
      EXPECT_EQ(standing.state, SignatureState::kTrusted)
          << key << " " << sign << ": " << standing.detail;
      ASSERT_EQ(standing.signers.size(), 1u);
      EXPECT_EQ(standing.signers[0].subject, "CN=oracle,O=Acme");
      EXPECT_EQ(StandingOfDer(store, der, content + "\n").state,
                SignatureState::kInvalid);
    }
  }
}

TEST(OracleTest, OpensslTrustsWhatIsSignedHere) {
  const TestSigner& signer = SharedTestSigner();
  WriteFile(Path("content"), "root hash");
  WriteFile(Path("c.pem"), signer.certificate().pem);
  WriteFile(Path("sig"), signer.Sign("root hash"));
  const std::string verify = absl::StrCat(
      "openssl smime -verify -binary -inform der -nointern -noverify -in ",
      Path("sig"), " -certfile ", Path("c.pem"), " -content ", Path("content"));
  EXPECT_EQ(Shell(verify), 0);
  WriteFile(Path("content"), "another");
  EXPECT_NE(Shell(verify), 0);
}

// Every type of the Discoverable Partitions Specification that systemd knows,
// by its own table.
TEST(OracleTest, SystemdKnowsTheSameTypes) {
  std::string output;
  ASSERT_EQ(Shell("systemd-id128 show -u", &output), 0);
  std::map<std::string, std::string> guids;
  for (const absl::string_view line :
       absl::StrSplit(output, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> words =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    ASSERT_EQ(words.size(), 2u) << line;
    guids[words[0]] = words[1];
  }
  const std::pair<PartitionRole, const char*> kRoles[] = {
      {PartitionRole::kData, ""},
      {PartitionRole::kVerity, "-verity"},
      {PartitionRole::kSignature, "-verity-sig"},
  };
  int known = 0;
  for (const auto& [designator, word] : Words<Designator>::kTable) {
    for (const auto& [architecture, of] : Words<Architecture>::kTable) {
      for (const auto& [role, suffix] : kRoles) {
        const std::string name = absl::StrCat(word, "-", of, suffix);
        const std::string guid = guids[name];
        EXPECT_EQ(FindExtensionType(guid),
                  (ExtensionType{designator, architecture, role}))
            << name << " " << guid;
        EXPECT_EQ(TypeGuid({designator, architecture, role}), guid) << name;
        ++known;
      }
    }
  }
  EXPECT_EQ(known, 126);
}

struct Ddi {
  const char* designator;
  const char* filesystem;
  const char* make;  // from a directory `tree` to a file `fs`
};

// systemd 252 cannot make the filesystem itself: it is given as CopyBlocks=.
void MakeDdi(const Ddi& ddi) {
  const std::string definitions = Path("definitions");
  ASSERT_EQ(Shell(absl::StrCat(
                "cd ", testing::TempDir(), " && rm -rf tree fs ddi.raw ",
                "definitions && mkdir -p definitions tree/usr/share && head ",
                "-c 3000000 /dev/urandom >tree/usr/share/noise && ", ddi.make)),
            0);
  const auto definition = [&](const char* file, const std::string& type,
                              const std::string& more) {
    WriteFile(absl::StrCat(definitions, "/", file),
              absl::StrCat("[Partition]\nType=", type, "\nVerityMatchKey=x\n",
                           more, "\n"));
  };
  definition("1.conf", ddi.designator,
             absl::StrCat("Verity=data\nCopyBlocks=", Path("fs")));
  definition("2.conf", absl::StrCat(ddi.designator, "-verity"),
             "Verity=hash\nMinimize=best");
  definition("3.conf", absl::StrCat(ddi.designator, "-verity-sig"),
             "Verity=signature");
  ASSERT_EQ(Shell(absl::StrCat(
                "systemd-repart --no-pager --definitions=", definitions,
                " --empty=create --size=auto "
                "--dry-run=no --seed=random --private-key=",
                Path("k.pem"), " --certificate=", Path("c.pem"), " ",
                Path("ddi.raw"))),
            0);
}

TEST(OracleTest, ImagesOfSystemdRepartHold) {
  MakeKey("rsa:2048");
  const TrustStore store = TrustingFile(Path("c.pem"));
  for (const Ddi& ddi :
       {Ddi{"root", "erofs", "mkfs.erofs -zlz4 fs tree"},
        Ddi{"usr", "squashfs", "mksquashfs tree fs -quiet -no-progress"},
        Ddi{"root", "ext4",
            "truncate -s 8M fs && mkfs.ext4 -q -F -d tree fs"}}) {
    MakeDdi(ddi);
    Bytes bytes = ReadFile(Path("ddi.raw"));
    BufferReader image(bytes);
    const auto path = ReadSignedPath(image, store);
    ASSERT_TRUE(path.ok()) << path.status();
    ASSERT_NE(path->table.value(), nullptr) << path->table.malformed()->why;
    ASSERT_NE(path->layout.value(), nullptr) << path->layout.malformed()->why;
    ASSERT_TRUE(path->Holds()) << path->standing.detail;
    const Layout& layout = *path->layout.value();
    EXPECT_STREQ(ToWord(layout.designator), ddi.designator);
    EXPECT_EQ(layout.architecture, Architecture::kX8664);
    std::string uuids = absl::StrCat(layout.data_uuid, layout.verity_uuid);
    uuids.erase(std::remove(uuids.begin(), uuids.end(), '-'), uuids.end());
    EXPECT_EQ(uuids, path->verity.value()->root_hash->hex());
    EXPECT_EQ(ProbeSuperblock(image)->filesystem, "");
    const auto inner = ProbeSuperblock(*OpenWindow(image, layout.data));
    EXPECT_EQ(inner->filesystem, ddi.filesystem);
    EXPECT_EQ(inner->other, "");
    EXPECT_TRUE(
        VerifyAllData(image, layout.data, *layout.verity, *path->verity.value())
            ->complete);
    bytes[layout.data.offset + 1000000] ^= 4;
    const uint64_t block = path->verity.value()->data_block_size;
    EXPECT_EQ(
        VerifyAllData(image, layout.data, *layout.verity, *path->verity.value())
            ->first_bad_offset,
        1000000 / block * block);
  }
}

}  // namespace
}  // namespace extgate
