#include "adapters/policy_files.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::vector<std::string> Paths(const std::vector<PolicyText>& texts) {
  std::vector<std::string> paths;
  for (const PolicyText& text : texts) paths.push_back(text.path);
  return paths;
}

// "PATH=TEXT" of each.
std::vector<std::string> Shown(const std::vector<CertificateFile>& files) {
  std::vector<std::string> shown;
  for (const CertificateFile& file : files) {
    shown.push_back(absl::StrCat(file.path, "=", file.text));
  }
  return shown;
}

// Makes `path` a file of `size` bytes that takes no space.
void Sparse(const TempRoot& root, const std::string& path, off_t size) {
  root.File(path);
  ASSERT_EQ(truncate(root.At(path).c_str(), size), 0);
}

// "PATH SEVERITY: MESSAGE" of each; all say that a file was not read.
std::vector<std::string> Told(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> told;
  for (const Diagnostic& diagnostic : diagnostics) {
    EXPECT_EQ(diagnostic.code, DiagnosticCode::kFileUnreadable);
    told.push_back(absl::StrCat(diagnostic.span.path, " ",
                                ToWord(diagnostic.severity), ": ",
                                diagnostic.message));
  }
  return told;
}

TEST(PolicyFiles, FindsSourcesInMergeOrder) {
  TempRoot root;
  root.File("/usr/local/cloud-config/a.yaml", "1");
  root.File("/oem/90.yaml", "2");
  root.File("/oem/10.yml", "3");
  root.File("/system/oem/z.yaml", "4");
  root.File("/etc/extgate/policy.d/site.yaml", "5");
  root.File("/usr/lib/extgate/policy.d/50-vendor.yaml", "6");
  root.File("/oem/grubenv", "no");
  root.File("/oem/a.yaml.bak", "no");
  root.File("/oem/a.textproto", "no");
  root.File("/etc/extgate/policy.d/README", "no");
  root.File("/etc/extgate/policy.d/.site.textproto", "no");
  auto texts = PolicyFiles(root.places()).PolicyTexts();
  EXPECT_THAT(texts.diagnostics, IsEmpty());
  EXPECT_THAT(Paths(texts.value),
              ElementsAre("/usr/lib/extgate/policy.d/50-vendor.yaml",
                          "/etc/extgate/policy.d/site.yaml",
                          "/system/oem/z.yaml", "/oem/10.yml", "/oem/90.yaml",
                          "/usr/local/cloud-config/a.yaml"));
  EXPECT_EQ(texts.value[0].authority, Authority::kVendor);
  EXPECT_EQ(texts.value[0].kind, SourceKind::kPolicyFile);
  EXPECT_EQ(texts.value[0].text, "6");
  EXPECT_EQ(texts.value[1].authority, Authority::kLocal);
  EXPECT_EQ(texts.value[1].kind, SourceKind::kPolicyFile);
  for (size_t i = 2; i < 6; ++i) {
    EXPECT_EQ(texts.value[i].authority, Authority::kLocal);
    EXPECT_EQ(texts.value[i].kind, SourceKind::kCloudConfig);
  }
}

// As Kairos walks: by the bytes of the names, a folder where its name is.
TEST(PolicyFiles, CloudConfigsAreFoundInFoldersTooAndBehindDots) {
  TempRoot root;
  root.File("/oem/90.yaml", "");
  root.File("/oem/.hidden.yaml", "");
  root.File("/oem/50/b.yaml", "");
  root.File("/oem/50/a/deep.yml", "");
  root.File("/oem/50-c.yaml", "");
  root.File("/oem/60.yaml/in-a-folder.yaml", "");
  root.File("/oem/lost+found/x.yaml", "");
  root.File("/oem/50/lost+found/x.yaml", "");
  root.File("/elsewhere/x.yaml", "");
  root.Symlink("/elsewhere", "/oem/70");
  root.Symlink("/elsewhere/x.yaml", "/oem/80.yaml");
  root.File("/etc/extgate/policy.d/folder/x.yaml", "");
  auto texts = PolicyFiles(root.places()).PolicyTexts();
  EXPECT_THAT(Told(texts.diagnostics), IsEmpty());
  EXPECT_THAT(Paths(texts.value),
              ElementsAre("/oem/.hidden.yaml", "/oem/50/a/deep.yml",
                          "/oem/50/b.yaml", "/oem/50/lost+found/x.yaml",
                          "/oem/50-c.yaml", "/oem/60.yaml/in-a-folder.yaml",
                          "/oem/80.yaml", "/oem/90.yaml"));
}

TEST(PolicyFiles, FoldersWithoutEndAreLeftAndTold) {
  TempRoot root;
  root.File("/oem/00.yaml", "");
  std::string deep = "/oem";
  for (int i = 0; i < 300; ++i) deep += "/d";
  root.File(deep + "/x.yaml", "");
  root.File("/oem/z.yaml", "");
  auto texts = PolicyFiles(root.places()).PolicyTexts();
  EXPECT_THAT(Paths(texts.value), ElementsAre("/oem/00.yaml"));
  EXPECT_THAT(Told(texts.diagnostics),
              ElementsAre(HasSubstr(" warning: left out, with all that comes "
                                    "after it: at most 256 folders")));
}

// For the last good text of each is looked up by its path.
TEST(PolicyFiles, UnreadableSourceHasNoTextAndIsTold) {
  TempRoot root;
  Sparse(root, "/oem/big.yaml", (4 << 20) + 1);
  root.Fifo("/oem/fifo.yaml");
  root.Symlink("gone", "/etc/extgate/policy.d/gone.yaml");
  root.File("/oem/good.yaml", "x");
  root.File("/system/oem", "not a directory");
  auto texts = PolicyFiles(root.places()).PolicyTexts();
  ASSERT_THAT(Paths(texts.value),
              ElementsAre("/etc/extgate/policy.d/gone.yaml", "/oem/big.yaml",
                          "/oem/fifo.yaml", "/oem/good.yaml"));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(texts.value[i].unreadable);
    EXPECT_EQ(texts.value[i].text, "");
  }
  EXPECT_FALSE(texts.value[3].unreadable);
  EXPECT_THAT(Told(texts.diagnostics),
              ElementsAre(StartsWith("/etc/extgate/policy.d/gone.yaml error: "),
                          StartsWith("/system/oem warning: "),
                          StartsWith("/oem/big.yaml warning: "),
                          StartsWith("/oem/fifo.yaml warning: ")));
}

TEST(PolicyFiles, FourMebibytesAreStillRead) {
  TempRoot root;
  root.File("/oem/big.yaml", std::string(4 << 20, '#'));
  EXPECT_THAT(PolicyFiles(root.places()).PolicyTexts().value, SizeIs(1));
}

TEST(PolicyFiles, ManyLargeCloudConfigsCrowdOutNoPolicyFile) {
  TempRoot root;
  for (const char* name : {"a", "b", "c", "d"}) {
    Sparse(root, absl::StrCat("/oem/", name, ".yaml"), 4 << 20);
  }
  root.File("/usr/local/cloud-config/small.yaml", "x");
  root.File("/usr/lib/extgate/policy.d/vendor.yaml", "x");
  root.File("/etc/extgate/policy.d/site.yaml", "x");
  auto texts = PolicyFiles(root.places()).PolicyTexts();
  EXPECT_THAT(Paths(texts.value),
              ElementsAre("/usr/lib/extgate/policy.d/vendor.yaml",
                          "/etc/extgate/policy.d/site.yaml", "/oem/a.yaml",
                          "/oem/b.yaml"));
  EXPECT_THAT(
      Told(texts.diagnostics),
      ElementsAre("/oem/c.yaml warning: 2 files are left out, from "
                  "`/oem/c.yaml` on: at most 256 files and 8388608 bytes are "
                  "read of all cloud-configs together",
                  "/usr/local/cloud-config/small.yaml warning: 1 file is left "
                  "out, from `/usr/local/cloud-config/small.yaml` on: at most "
                  "256 files and 8388608 bytes are read of all cloud-configs "
                  "together"));
  EXPECT_THAT(texts.diagnostics[0].help,
              HasSubstr("under a mode_floor it could only have tightened"));
}

TEST(PolicyFiles, EachPolicyDirectoryHasABoundOfItsOwn) {
  TempRoot root;
  for (const char* directory :
       {"/usr/lib/extgate/policy.d/", "/etc/extgate/policy.d/"}) {
    Sparse(root, absl::StrCat(directory, "a.yaml"), 4 << 20);
    Sparse(root, absl::StrCat(directory, "b.yaml"), (4 << 20) - 1);
    root.File(absl::StrCat(directory, "c.yaml"), "x");
    root.File(absl::StrCat(directory, "d.yaml"), "y");
  }
  auto texts = PolicyFiles(root.places()).PolicyTexts();
  EXPECT_THAT(texts.value, SizeIs(6));
  EXPECT_THAT(Told(texts.diagnostics),
              ElementsAre(StartsWith("/usr/lib/extgate/policy.d/d.yaml error: "
                                     "1 file is left out, "),
                          StartsWith("/etc/extgate/policy.d/d.yaml error: 1 "
                                     "file is left out, ")));
  EXPECT_THAT(texts.diagnostics[0].help, Not(HasSubstr("mode_floor")));
  EXPECT_THAT(texts.diagnostics[1].help, HasSubstr("mode_floor"));
}

TEST(PolicyFiles, CountsFilesAlsoWhereTheyCannotBeRead) {
  TempRoot root;
  for (int i = 1000; i < 1256; ++i) {
    root.Symlink("gone", absl::StrCat("/oem/", i, ".yaml"));
  }
  auto texts = PolicyFiles(root.places()).PolicyTexts();
  EXPECT_THAT(texts.diagnostics, SizeIs(256));
  root.File("/oem/1256.yaml", "x");
  root.File("/oem/1257.yaml", "x");
  texts = PolicyFiles(root.places()).PolicyTexts();
  ASSERT_THAT(texts.value, SizeIs(256));
  for (const PolicyText& text : texts.value) EXPECT_TRUE(text.unreadable);
  EXPECT_THAT(texts.diagnostics, SizeIs(257));
  EXPECT_THAT(Told(texts.diagnostics),
              Contains(StartsWith("/oem/1256.yaml warning: 2 files are left "
                                  "out, ")));
}

TEST(PolicyFiles, SpellingsAreToldByName) {
  TempRoot root;
  root.File("/usr/lib/extgate/policy.d/a.textproto", "extension_policy {}");
  root.File("/etc/extgate/policy.d/b.binpb", std::string("\x0A\0", 2));
  root.File("/etc/extgate/policy.d/c.yaml", "x");
  root.File("/etc/extgate/policy.d/d.json", "{}");
  root.File("/oem/e.binpb", "x");
  auto texts = PolicyFiles(root.places()).PolicyTexts();
  EXPECT_THAT(texts.diagnostics, IsEmpty());
  ASSERT_THAT(Paths(texts.value),
              ElementsAre("/usr/lib/extgate/policy.d/a.textproto",
                          "/etc/extgate/policy.d/b.binpb",
                          "/etc/extgate/policy.d/c.yaml"));
  EXPECT_EQ(texts.value[0].kind, SourceKind::kTextproto);
  EXPECT_EQ(texts.value[0].authority, Authority::kVendor);
  EXPECT_EQ(texts.value[1].kind, SourceKind::kBinpb);
  EXPECT_EQ(texts.value[1].authority, Authority::kLocal);
  EXPECT_EQ(texts.value[1].text, std::string("\x0A\0", 2));
  EXPECT_EQ(texts.value[2].kind, SourceKind::kPolicyFile);
  auto named =
      PolicyFiles(root.places(), {root.At("/etc/extgate/policy.d/d.json"),
                                  root.At("/oem/e.binpb")})
          .PolicyTexts();
  ASSERT_THAT(named.value, SizeIs(2));
  EXPECT_EQ(named.value[0].kind, SourceKind::kJson);
  EXPECT_EQ(named.value[1].kind, SourceKind::kBinpb);
}

TEST(PolicyFiles, NamedFilesReplaceDiscovery) {
  TempRoot root;
  root.File("/etc/extgate/policy.d/site.yaml", "found");
  root.File("/given.yaml", "mode: enforcing");
  root.File("/cloud.yaml", "#cloud-config\nextension_policy:");
  const std::string missing = root.At("/missing.yaml");
  PolicyFiles files(root.places(),
                    {root.At("/given.yaml"), missing, root.At("/cloud.yaml")});
  auto texts = files.PolicyTexts();
  ASSERT_THAT(Paths(texts.value),
              ElementsAre(root.At("/given.yaml"), root.At("/cloud.yaml")));
  EXPECT_EQ(texts.value[0].kind, SourceKind::kPolicyFile);
  EXPECT_EQ(texts.value[0].authority, Authority::kVendor);
  EXPECT_EQ(texts.value[1].kind, SourceKind::kCloudConfig);
  ASSERT_THAT(texts.diagnostics, SizeIs(1));
  EXPECT_EQ(texts.diagnostics[0].severity, Severity::kError);
  EXPECT_EQ(texts.diagnostics[0].span.path, missing);
}

class VerityDTest : public ::testing::Test {
 protected:
  VerityDTest() {
    root_.File("/usr/lib/verity.d/vendor.crt", "V");
    root_.File("/usr/lib/verity.d/both.crt", "lower");
    root_.File("/usr/lib/verity.d/masked.crt", "masked");
    root_.File("/usr/lib/verity.d/emptied.crt", "emptied");
    root_.File("/usr/lib/verity.d/notes.txt", "no");
    root_.File("/usr/local/lib/verity.d/local.crt", "L");
    root_.File("/etc/verity.d/both.crt", "upper");
    root_.Symlink("/dev/null", "/etc/verity.d/masked.crt");
    root_.File("/etc/verity.d/emptied.crt", "");
    root_.File("/run/verity.d/DB1.crt", "R");
    root_.File("/run/verity.d/extgate-1.crt", "ours");
  }
  TempRoot root_;
};

TEST_F(VerityDTest, UsrIsTheVendorsFolderOnly) {
  auto files = PolicyFiles(root_.places()).VerityDirectory(VerityD::kUsr);
  EXPECT_THAT(files.diagnostics, IsEmpty());
  EXPECT_THAT(Shown(files.value),
              ElementsAre("/usr/lib/verity.d/both.crt=lower",
                          "/usr/lib/verity.d/emptied.crt=emptied",
                          "/usr/lib/verity.d/masked.crt=masked",
                          "/usr/lib/verity.d/vendor.crt=V"));
}

TEST_F(VerityDTest, AllTakesTheFirstOfANameAndNeverWhatWeWroteThere) {
  auto files = PolicyFiles(root_.places()).VerityDirectory(VerityD::kAll);
  EXPECT_THAT(files.diagnostics, IsEmpty());
  EXPECT_THAT(
      Shown(files.value),
      ElementsAre("/etc/verity.d/both.crt=upper", "/run/verity.d/DB1.crt=R",
                  "/usr/local/lib/verity.d/local.crt=L",
                  "/usr/lib/verity.d/vendor.crt=V"));
}

TEST_F(VerityDTest, NoneIsNone) {
  auto files = PolicyFiles(root_.places()).VerityDirectory(VerityD::kNone);
  EXPECT_THAT(files.value, IsEmpty());
}

TEST_F(VerityDTest, UnreadableCertificateShadowsAndIsTold) {
  root_.Fifo("/etc/verity.d/vendor.crt");
  auto files = PolicyFiles(root_.places()).VerityDirectory(VerityD::kAll);
  ASSERT_THAT(files.diagnostics, SizeIs(1));
  EXPECT_EQ(files.diagnostics[0].span.path, "/etc/verity.d/vendor.crt");
  EXPECT_THAT(files.value, SizeIs(3));
}

TEST_F(VerityDTest, ManyLargeCertificatesCrowdOutNoOtherDirectory) {
  for (char name = 'a'; name < 'a' + 9; ++name) {
    Sparse(root_, absl::StrCat("/etc/verity.d/", std::string(1, name), ".crt"),
           1 << 20);
  }
  auto files = PolicyFiles(root_.places()).VerityDirectory(VerityD::kAll);
  EXPECT_THAT(files.value, SizeIs(8 + 3));
  EXPECT_EQ(files.value.back().path, "/usr/lib/verity.d/vendor.crt");
  EXPECT_THAT(Told(files.diagnostics),
              ElementsAre(StartsWith("/etc/verity.d/h.crt warning: 2 files are "
                                     "left out, ")));
}

TEST(TrustFiles, AreBoundedToo) {
  TempRoot root;
  for (int i = 1000; i < 1257; ++i) {
    root.File(absl::StrCat("/etc/keys/", i, ".pem"), "x");
  }
  auto files = PolicyFiles(root.places())
                   .TrustFiles("/etc/keys/*.pem", {"policy.yaml", 3, 7});
  EXPECT_THAT(files.value, SizeIs(256));
  EXPECT_THAT(Told(files.diagnostics),
              ElementsAre("policy.yaml error: 1 file is left out, from "
                          "`/etc/keys/1256.pem` on: at most 256 files and "
                          "8388608 bytes are read of one directory"));
}

TEST(TrustFiles, MatchesTheLastPart) {
  TempRoot root;
  root.File("/etc/keys/b.pem", "B");
  root.File("/etc/keys/a.pem", "A");
  root.File("/etc/keys/.hidden.pem", "H");
  root.File("/etc/keys/a.key", "K");
  root.Symlink("../keys/a.pem", "/etc/keys/[x].pem");
  const struct {
    const char* name;
    const char* pattern;
    std::vector<std::string> files;
    size_t diagnostics;
  } kCases[] = {
      {"glob",
       "/etc/keys/?.pem",
       {"/etc/keys/a.pem=A", "/etc/keys/b.pem=B"},
       0},
      {"plain", "/etc/keys/a.key", {"/etc/keys/a.key=K"}, 0},
      {"nothing matches", "/etc/keys/*.crt", {}, 1},
      {"no such folder", "/etc/none/*.crt", {}, 1},
      {"no such file", "/etc/keys/c.pem", {}, 1},
      {"relative", "etc/keys/a.pem", {}, 1},
      {"folder glob is no glob", "/etc/k*/a.pem", {}, 1},
      {"folder is a file", "/etc/keys/a.pem/*", {}, 1},
  };
  for (const auto& c : kCases) {
    const SourceSpan span{"policy.yaml", 3, 7};
    auto files = PolicyFiles(root.places()).TrustFiles(c.pattern, span);
    EXPECT_EQ(Shown(files.value), c.files) << c.name;
    EXPECT_THAT(files.diagnostics, SizeIs(c.diagnostics)) << c.name;
  }
  auto missing = PolicyFiles(root.places())
                     .TrustFiles("/etc/keys/c.pem", {"policy.yaml", 3, 7});
  EXPECT_EQ(missing.diagnostics[0].span, (SourceSpan{"policy.yaml", 3, 7}));
  EXPECT_EQ(missing.diagnostics[0].severity, Severity::kError);
  auto unmatched = PolicyFiles(root.places())
                       .TrustFiles("/etc/none/*.crt", {"policy.yaml", 3, 7});
  EXPECT_EQ(unmatched.diagnostics[0].span, (SourceSpan{"policy.yaml", 3, 7}));
  EXPECT_EQ(unmatched.diagnostics[0].severity, Severity::kWarning);
}

}  // namespace
}  // namespace extgate
