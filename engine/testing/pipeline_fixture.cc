// Ways in: HostWith, then FakeHost::Offer, MustApply and Find.
#include "engine/testing/pipeline_fixture.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/image/filesystem_fixture.h"
#include "engine/pipeline.h"
#include "gtest/gtest.h"

namespace extgate {

const TestSigner& Vendor() { return SharedTestSigner(); }

const TestSigner& Stranger() {
  static const auto& signer = *[] {
    TestCertificate certificate;
    certificate.common_name = "stranger";
    certificate.serial = 9;
    return new TestSigner(certificate);
  }();
  return signer;
}

Bytes ErofsFromTree(const std::string& tree) {
  const std::string image = NewTemporaryPath("erofs");
  return MakeImage("mkfs.erofs " + image + " " + tree, image);
}

Bytes ErofsFrom(const std::map<std::string, std::string>& files) {
  const std::string tree = NewTemporaryPath("tree");
  for (const auto& [path, content] : files) {
    WriteSourceFile(tree + path, content);
  }
  return ErofsFromTree(tree);
}

const Bytes& ErofsOf(const std::string& name, const std::string& id,
                     const std::string& usr) {
  static auto& made = *new std::map<std::string, Bytes>();
  Bytes& bytes = made[name + "/" + id + usr];
  if (bytes.empty()) {
    bytes =
        ErofsFrom({{usr + "/lib/extension-release.d/extension-release." + name,
                    "ID=" + id + "\n"},
                   {usr + "/share/" + name, std::string(9000, 'x')}});
  }
  return bytes;
}

std::string ImageOf(const std::string& name, const TestSigner* signer,
                    Designator designator, const std::string& id) {
  TestImage image;
  image.designator = designator;
  image.data = ErofsOf(name, id, designator == Designator::kUsr ? "" : "/usr");
  image.signer = signer;
  return Text(BuildImage(image).bytes());
}

std::string Text(const Bytes& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

std::string PolicyTrustingVendor(const std::string& keys) {
  return absl::StrCat(
      "extension_policy:\n", keys, "  trust:\n    certificates:\n      - |\n",
      "        ",
      absl::StrReplaceAll(Vendor().certificate().pem, {{"\n", "\n        "}}),
      "\n");
}

FakeHost HostWith(const std::string& keys) {
  FakeHost host;
  host.AddPolicy(PolicyTrustingVendor(keys));
  host.facts.os_release = {{"ID", "debian"}, {"VERSION_ID", "13"}};
  host.facts.architecture = Architecture::kX8664;
  host.facts.systemd_version = 257;
  host.facts.entry = "active";
  return host;
}

Report MustApply(FakeHost& host) {
  auto result = Apply(host.ports(), {});
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? result->report : Report{};
}

std::vector<std::string> Staged(FakeHost& host) {
  std::vector<std::string> names;
  for (const SetEntry& entry : host.sets[ImageClass::kSysext]) {
    if (entry.kind == SetEntry::Kind::kImage) names.push_back(entry.name);
  }
  return names;
}

const ReportedImage& Find(const Report& report, const std::string& name) {
  for (const ReportedImage& image : report.images) {
    if (image.name == name) return image;
  }
  ADD_FAILURE() << "no image " << name;
  static const auto& none = *new ReportedImage();
  return none;
}

std::vector<ReasonCode> Codes(const ReportedImage& image) {
  std::vector<ReasonCode> codes;
  for (const Reason& reason : image.reasons) codes.push_back(reason.code);
  return codes;
}

}  // namespace extgate
