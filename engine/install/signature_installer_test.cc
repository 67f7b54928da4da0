#include "engine/install/signature_installer.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/boot/testing/uki.h"
#include "engine/install/signature_file.h"
#include "engine/pcr/pcr_bank.h"
#include "engine/pcr/signed_policy.h"
#include "engine/testing/fake_install.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kActive[] = "/efi/a.extra.d/extgate.tpm2-pcr-signature.cred";
constexpr char kPassive[] = "/efi/p.extra.d/extgate.tpm2-pcr-signature.cred";

SignedPolicy Policy(PcrSet pcrs, char digest) {
  return {PcrBank::kSha256, std::move(pcrs), std::string(32, 'k'),
          std::string(32, digest), "signature"};
}

std::string FileOf(const std::vector<SignedPolicy>& policies) {
  return AddSignedPolicies("", policies).value();
}

std::string KernelImage(const std::string& pcrsig = "") {
  if (pcrsig.empty()) return BuildPe({{".linux", "kernel"}});
  return BuildPe({{".linux", "kernel"}, {".pcrsig", pcrsig}});
}

std::vector<std::string> Lines(const std::vector<PlacedImage>& rows) {
  std::vector<std::string> lines;
  for (const PlacedImage& row : rows) {
    lines.push_back(absl::StrCat(row.entry, " ", ToWord(row.placement)));
  }
  return lines;
}

// The entries active and passive, each beside its kernel image.
struct Machine {
  FakeInstall places;
  std::string signature = FileOf({Policy({11, 13}, 'a')});
  std::vector<std::string> entries;
  bool dry_run = false;

  Machine() {
    places.directories = {{"active", {"/efi/a.extra.d"}},
                          {"passive", {"/efi/p.extra.d"}}};
    places.kernel_images = {{"/efi/a.extra.d", KernelImage()},
                            {"/efi/p.extra.d", KernelImage()}};
  }
  absl::StatusOr<Installation> Install() {
    return SignatureInstaller(places).Install("sig.json", signature, entries,
                                              dry_run);
  }
  Installation MustInstall() {
    auto done = Install();
    EXPECT_TRUE(done.ok()) << done.status();
    return done.ok() ? *std::move(done) : Installation();
  }
  std::vector<std::string> MustRemove(const std::vector<std::string>& of,
                                      bool dry) {
    Installation done;
    const absl::Status status =
        SignatureInstaller(places).Remove(of, dry, done);
    EXPECT_TRUE(status.ok()) << status;
    return Lines(done.images);
  }
};

TEST(SignatureInstallerTest, GoesBesideTheKernelImagesOfActiveAndPassive) {
  Machine machine;
  const Installation done = machine.MustInstall();
  EXPECT_THAT(Lines(done.images), ElementsAre("active new", "passive new"));
  EXPECT_THAT(done.remarks, ElementsAre(HasSubstr("register 12")));
  EXPECT_THAT(machine.places.Paths(), ElementsAre(kActive, kPassive));
  EXPECT_EQ(machine.places.files[kActive], machine.signature);

  machine.entries = {"passive", "nowhere"};
  machine.signature = FileOf({Policy({13}, 'b')});
  const Installation again = machine.MustInstall();
  EXPECT_THAT(Lines(again.images),
              ElementsAre("passive replace", "nowhere refused"));
  EXPECT_NE(machine.places.files[kActive], machine.signature);
  EXPECT_EQ(machine.places.files[kPassive], machine.signature);
}

TEST(SignatureInstallerTest, WhatTheKernelImageCarriesIsNotLost) {
  Machine machine;
  std::vector<SignedPolicy> carried = {Policy({11}, 'c'), Policy({11}, 'c'),
                                       Policy({11, 13}, 'a')};
  carried[0].reference = "initrd";
  machine.places.kernel_images["/efi/a.extra.d"] = KernelImage(FileOf(carried));
  const Installation done = machine.MustInstall();
  EXPECT_EQ(done.images.size(), 2u);
  const auto whole = ReadSignedPolicies(machine.places.files[kActive]);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_THAT(*whole,
              ElementsAre(Policy({11, 13}, 'a'), carried[0], carried[1]));
  EXPECT_EQ(done.images[0].size_bytes, machine.places.files[kActive].size());
  EXPECT_EQ(machine.places.files[kPassive], machine.signature);
}

TEST(SignatureInstallerTest, AKernelImageThatCannotBeReadFailsItsEntryAlone) {
  Machine machine;
  machine.places.kernel_images["/efi/a.extra.d"] =
      KernelImage("{\"sha256\":1}");
  EXPECT_THAT(Lines(machine.MustInstall().images),
              ElementsAre("active failed", "passive new"));
  EXPECT_THAT(machine.places.Paths(), ElementsAre(kPassive));
}

TEST(SignatureInstallerTest, AnotherShapeIsRefusedAndNothingChanges) {
  Machine machine;
  machine.MustInstall();
  const std::string before = machine.places.files[kActive];
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("{}"),
        std::string("{\"sha256\": []}"), std::string("{\"sha256\": [7]}"),
        std::string("[]"), FileOf({Policy({12, 13}, 'a')}),
        FileOf({Policy({13}, 'a'), Policy({11, 12}, 'b')})}) {
    machine.signature = bad;
    EXPECT_TRUE(absl::IsInvalidArgument(machine.Install().status())) << bad;
  }
  EXPECT_EQ(machine.places.files[kActive], before);
  EXPECT_EQ(machine.places.copies, 2);
}

TEST(SignatureInstallerTest, WithoutRoomForAllNothingIsWritten) {
  Machine machine;
  machine.places.volume.free_bytes = 4096;
  const auto done = machine.Install();
  EXPECT_TRUE(absl::IsResourceExhausted(done.status())) << done.status();
  EXPECT_THAT(std::string(done.status().message()), HasSubstr(kPassive));
  EXPECT_THAT(machine.places.Paths(), IsEmpty());
  EXPECT_EQ(machine.places.copies, 0);
  machine.places.volume.free_bytes = 8192;
  machine.MustInstall();
  EXPECT_EQ(machine.places.copies, 2);
}

TEST(SignatureInstallerTest, OtherCredentialsFindRoomToo) {
  Machine machine;
  std::vector<SignedPolicy> many;
  while (many.size() * 300 <= kMaxSignatureCredential) {
    SignedPolicy policy = Policy({13}, 'a');
    policy.digest = absl::StrCat(many.size() + 1000000, std::string(25, 'd'));
    policy.signature = std::string(256, 's');
    many.push_back(policy);
  }
  machine.signature = FileOf(many);
  const Installation done = machine.MustInstall();
  EXPECT_THAT(Lines(done.images),
              ElementsAre("active refused", "passive refused"));
  EXPECT_THAT(done.remarks, IsEmpty());
  EXPECT_THAT(machine.places.Paths(), IsEmpty());
}

TEST(SignatureInstallerTest, EntriesOfOneKernelImageHaveOneFile) {
  Machine machine;
  machine.places.directories["passive"] = {"/efi/a.extra.d"};
  EXPECT_THAT(Lines(machine.MustInstall().images), ElementsAre("active new"));
  EXPECT_EQ(machine.places.copies, 1);
  const auto listed = SignatureInstaller(machine.places).List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_THAT(Lines(listed->images),
              ElementsAre("active there", "passive there"));
  EXPECT_THAT(machine.MustRemove({}, true), ElementsAre("active remove"));
}

TEST(SignatureInstallerTest, WhereImagesLieInAStoreThereIsNoPlace) {
  Machine machine;
  machine.places.kernel_images.erase("/efi/a.extra.d");
  const Installation done = machine.MustInstall();
  EXPECT_THAT(Lines(done.images), ElementsAre("active refused", "passive new"));
  EXPECT_THAT(done.images[0].why, HasSubstr("store"));

  machine.places.directories.erase("active");
  machine.places.directories.erase("passive");
  machine.places.directories["arch"] = {"/efi/arch.extra.d"};
  EXPECT_THAT(machine.MustInstall().images[0].why, HasSubstr("`arch`"));
}

TEST(SignatureInstallerTest, AFailedWriteIsToldAndTheRestGoesOn) {
  Machine machine;
  machine.places.commit_error = absl::UnavailableError("the disk is gone");
  const Installation done = machine.MustInstall();
  EXPECT_THAT(Lines(done.images),
              ElementsAre("active failed", "passive failed"));
  EXPECT_THAT(done.images[0].why, HasSubstr("the disk is gone"));
}

TEST(SignatureInstallerTest, ADryRunWritesNothing) {
  Machine machine;
  machine.dry_run = true;
  EXPECT_THAT(Lines(machine.MustInstall().images),
              ElementsAre("active new", "passive new"));
  EXPECT_EQ(machine.places.copies, 0);
}

TEST(SignatureInstallerTest, WhereNobodyCanLookThatIsSaid) {
  Machine machine;
  machine.MustInstall();
  machine.places.size_error = absl::UnavailableError("the disk is gone");
  const auto listed = SignatureInstaller(machine.places).List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_THAT(Lines(listed->images),
              ElementsAre("active failed", "passive failed"));
  EXPECT_EQ(listed->images[0].why, "the disk is gone");
  EXPECT_THAT(machine.MustRemove({}, false),
              ElementsAre("active failed", "passive failed"));
  EXPECT_THAT(machine.places.Paths(), ElementsAre(kActive, kPassive));
}

TEST(SignatureInstallerTest, IsListedAndRemoved) {
  Machine machine;
  machine.entries = {"passive"};
  machine.MustInstall();
  const auto listed = SignatureInstaller(machine.places).List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->images.size(), 1u);
  EXPECT_EQ(listed->images[0].entry, "passive");
  EXPECT_EQ(listed->images[0].path, kPassive);
  EXPECT_EQ(listed->images[0].size_bytes, machine.signature.size());

  EXPECT_THAT(machine.MustRemove({"active"}, false), ElementsAre(" refused"));
  EXPECT_THAT(machine.MustRemove({}, true), ElementsAre("passive remove"));
  EXPECT_THAT(machine.places.Paths(), ElementsAre(kPassive));
  EXPECT_THAT(machine.MustRemove({}, false), ElementsAre("passive remove"));
  EXPECT_THAT(machine.places.Paths(), IsEmpty());
  EXPECT_THAT(machine.MustRemove({}, false), ElementsAre(" refused"));
}

}  // namespace
}  // namespace extgate
