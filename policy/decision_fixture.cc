// The way in is GoodImage: what every test of a decision starts from.
#include "policy/decision_fixture.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace extgate {
namespace {

template <typename Digest>
Digest DigestOf(char digit) {
  // The constant has 64 hex digits, which every digest type takes.
  return *Digest::Parse(HexOf(digit));
}

}  // namespace

std::string HexOf(char digit) { return std::string(64, digit); }
RootHash RootHashOf(char digit) { return DigestOf<RootHash>(digit); }
Fingerprint FingerprintOf(char digit) { return DigestOf<Fingerprint>(digit); }
FileDigest FileDigestOf(char digit) { return DigestOf<FileDigest>(digit); }

ImageFacts GoodImage() {
  const ByteRange kData{1 << 20, 8 << 20};
  const ByteRange kTree{16 << 20, 1 << 20};
  const ByteRange kSignature{20 << 20, 16 << 10};
  const std::string kUuid = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";
  ImageFacts image;
  image.file_name = "k3sv1.raw";
  image.name = "k3sv1";
  image.size_bytes = 24 << 20;
  image.container = Container::kGpt;
  PartitionTable table;
  table.sector_size = 512;
  table.partitions = {
      {0, "4f68bce3-e8cd-4db1-96e7-fbcaf984b709", kUuid, "", 0, kData},
      {1, "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5", kUuid, "", 0, kTree},
      {2, "41092b05-9fc8-4523-994f-2def0408b176", "", "", 0, kSignature}};
  image.table = table;
  Layout layout;
  layout.architecture = Architecture::kX8664;
  layout.data = kData;
  layout.verity = kTree;
  layout.signature = kSignature;
  layout.data_uuid = kUuid;
  layout.verity_uuid = kUuid;
  image.layout = layout;
  VerityTree tree;
  tree.algorithm = "sha256";
  tree.data_block_size = tree.hash_block_size = 4096;
  tree.data_blocks = kData.size / 4096;
  tree.root_hash = RootHashOf('a');
  image.verity = tree;
  VeritySignature signature;
  signature.root_hash = RootHashOf('a');
  signature.pkcs7_der = "der";
  image.signature = signature;
  image.filesystem = std::string("erofs");
  image.release = ExtensionRelease{"k3sv1", false, {{"ID", "_any"}}};
  image.sha256 = FileDigestOf('b');
  return image;
}

ImageFacts WithoutSignature(ImageFacts image) {
  image.signature = Absent();
  image.layout.value()->signature.reset();
  return image;
}

ImageFacts Bare(ImageFacts image) {
  image.container = Container::kBareFilesystem;
  image.table = Absent();
  image.verity = Absent();
  image.signature = Absent();
  Layout layout;
  layout.data = {0, image.size_bytes};
  image.layout = layout;
  return image;
}

SignatureStanding TrustedStanding() {
  SignatureStanding standing;
  standing.state = SignatureState::kTrusted;
  standing.signers = {{"CN=db", "CN=Acme CA, serial 1f", FingerprintOf('c'),
                       true, false, "efi db"}};
  standing.signers[0].not_after = UtcTime::FromSeconds(1893455999);
  return standing;
}

SignatureStanding StrangersStanding() {
  SignatureStanding standing;
  standing.state = SignatureState::kUntrusted;
  standing.signers = {{"CN=stranger", "CN=stranger, serial 2a",
                       FingerprintOf('d'), false, false, ""}};
  return standing;
}

HostFacts DebianHost() {
  HostFacts host;
  host.os_release = {{"ID", "debian"}, {"VERSION_ID", "13"}};
  host.architecture = Architecture::kX8664;
  host.systemd_version = 257;
  host.entry = "active";
  host.date = UtcTime::FromSeconds(1798761600);
  return host;
}

LocatedText Text(const std::string& text) { return {text, {}}; }

Rule RuleNamed(const std::string& id, RuleVerdict verdict) {
  Rule rule;
  rule.id = Text(id);
  rule.verdict.value = verdict;
  return rule;
}

CompiledPolicy Compiled(const Policy& policy) {
  auto compiled = CompilePolicy(policy, std::nullopt);
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    ADD_FAILURE() << ToString(diagnostic);
  }
  return std::move(compiled.value).value_or(CompiledPolicy());
}

ImagePolicy Parsed(const std::string& text) {
  absl::StatusOr<ImagePolicy> policy = ImagePolicy::Parse(text);
  if (!policy.ok()) ADD_FAILURE() << text << ": " << policy.status();
  return policy.ok() ? *std::move(policy) : ImagePolicy();
}

}  // namespace extgate
