#include "adapters/mount_view.h"

#include <fcntl.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "adapters/cover.h"
#include "adapters/host_probe.h"
#include "adapters/image_places.h"
#include "adapters/merged_hierarchy.h"
#include "adapters/policy_files.h"
#include "adapters/testing/mount_namespace.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

constexpr char kSysextMarker[] = ".systemd-sysext/dev";
constexpr char kConfextMarker[] = ".systemd-confext/dev";

// A failed step is its number; the child's messages are on standard error.
#define STEP(number, condition) \
  if (!(condition)) return number

// Runs `test` with the right to mount, or skips.
void RunOrSkip(TempRoot& root, const std::function<int()>& test) {
  const int state = InMountNamespace(root, test);
  if (state == kNoRightToMount) GTEST_SKIP() << "no right to mount";
  EXPECT_EQ(state, 0) << "the step that failed";
}

std::vector<std::string> Sources(const TempRoot& root) {
  std::vector<std::string> texts;
  for (const PolicyText& text :
       PolicyFiles(root.places()).PolicyTexts().value) {
    texts.push_back(absl::StrCat(text.path, "=", text.text));
  }
  return texts;
}

std::vector<std::string> Candidates(const TempRoot& root) {
  std::vector<std::string> paths;
  ImagePlaces places(root.places());
  for (const Candidate& candidate : places.Candidates({}, {}).value) {
    auto image = places.Open(candidate);
    paths.push_back(absl::StrCat(candidate.path, ":",
                                 image.ok() ? (*image)->size_bytes() : 0));
  }
  return paths;
}

using Texts = std::vector<std::string>;

TEST(MountView, ShowsWhatLiesBelowAndOnlyThere) {
  TempRoot root;
  root.File("/usr/file", "below");
  RunOrSkip(root, [&] {
    STEP(1, MountTmpfs(root, "/usr"));
    root.File("/usr/file", "above");
    auto view = MountView::Without(root.places().root(), {"/usr"});
    STEP(2, view.ok());
    STEP(3, *view->root().ReadSmallFile("/usr/file", 64) == "below");
    STEP(4, root.Read("/usr/file") == "above");
    STEP(5, *root.places().root().ReadSmallFile("/usr/file", 64) == "above");
    return 0;
  });
}

TEST(MountView, WhatIsNoMountPointCannotBeTakenOff) {
  TempRoot root;
  root.File("/usr/file", "below");
  RunOrSkip(root, [&] {
    STEP(1, !MountView::Without(root.places().root(), {"/usr"}).ok());
    STEP(2, !MountView::Without(root.places().root(), {"/nothing"}).ok());
    STEP(3, root.Read("/usr/file") == "below");
    return 0;
  });
}

// The same policy before and after an image is merged that brings its own.
TEST(BelowMerged, AnExtensionBringsNeitherPolicyNorTrust) {
  TempRoot root;
  root.File("/usr/lib/extgate/policy.d/50.yaml", "vendor");
  root.File("/etc/extgate/policy.d/50.yaml", "local");
  root.File("/usr/lib/verity.d/a.crt", "A");
  RunOrSkip(root, [&] {
    STEP(1, MountTmpfs(root, "/layers"));
    const Texts before = Sources(root);
    STEP(2, MountExtension(root, "/usr", "/layers/usr", kSysextMarker));
    STEP(3, MountExtension(root, "/etc", "/layers/etc", kConfextMarker));
    root.File("/usr/lib/extgate/policy.d/50.yaml", "evil");
    root.File("/usr/lib/extgate/policy.d/90.yaml", "evil");
    root.File("/etc/extgate/policy.d/90.yaml", "evil");
    root.File("/usr/lib/verity.d/a.crt", "evil");
    root.File("/usr/lib/verity.d/b.crt", "evil");
    root.Reopen();
    STEP(4, MergedHierarchies(root.places().root()) == (Texts{"/usr", "/etc"}));
    STEP(5, root.places().below_merged_error().ok());
    STEP(6, Sources(root) == before);
    const auto certificates =
        PolicyFiles(root.places()).VerityDirectory(VerityD::kUsr).value;
    STEP(7, certificates.size() == 1 && certificates[0].text == "A");
    const auto named =
        PolicyFiles(root.places()).TrustFiles("/usr/lib/verity.d/*.crt", {});
    STEP(8, named.value.size() == 1 && named.value[0].text == "A");
    return 0;
  });
}

TEST(BelowMerged, WhatIsMergedOverOptIsNotTheHosts) {
  TempRoot root;
  root.File("/opt/mine", "host");
  RunOrSkip(root, [&] {
    STEP(1, MountTmpfs(root, "/layers"));
    STEP(2, MountExtension(root, "/opt", "/layers/opt", kSysextMarker));
    root.File("/opt/theirs", "extension");
    root.Reopen();
    STEP(3, MergedHierarchies(root.places().root()) == (Texts{"/opt"}));
    EfiVariables variables(root.places());
    HostProbe probe(root.places(), variables);
    STEP(4, probe.TypeOf("opt/mine").ok());
    STEP(5, absl::IsNotFound(probe.TypeOf("opt/theirs").status()));
    return 0;
  });
}

// As Kairos has it: some directories of /usr, each with an overlay of its own.
TEST(BelowMerged, AlsoWhereTheSystemMergesInOtherPlaces) {
  TempRoot root;
  root.File("/usr/lib/extgate/policy.d/50.yaml", "vendor");
  root.File("/usr/bin/a");
  root.File("/usr/share/a");
  RunOrSkip(root, [&] {
    STEP(1, MountTmpfs(root, "/layers"));
    const Texts before = Sources(root);
    STEP(2, MountExtension(root, "/usr/bin", "/layers/bin", kSysextMarker));
    STEP(3, MountExtension(root, "/usr/lib", "/layers/lib", kSysextMarker));
    root.File("/usr/lib/extgate/policy.d/90.yaml", "evil");
    root.File("/usr/lib/.systemd-sysext/extensions", "a\nb\n");
    root.File("/usr/bin/.systemd-sysext/extensions", "b\nc\n");
    root.Reopen();
    STEP(4, MergedHierarchies(root.places().root()) ==
                (Texts{"/usr/bin", "/usr/lib"}));
    STEP(5, root.places().below_merged_error().ok());
    STEP(6, Sources(root) == before);
    STEP(7, MergedExtensions(root.places().root(), ImageClass::kSysext) ==
                (std::set<std::string>{"a", "b", "c"}));
    STEP(8,
         MergedExtensions(root.places().root(), ImageClass::kConfext).empty());
    return 0;
  });
}

// Who merges all of /usr after some of it leaves the first overlay below.
TEST(BelowMerged, OneOverlayMayHideAnother) {
  TempRoot root;
  root.File("/usr/lib/extgate/policy.d/50.yaml", "vendor");
  RunOrSkip(root, [&] {
    STEP(1, MountTmpfs(root, "/layers"));
    const Texts before = Sources(root);
    STEP(2, MountExtension(root, "/usr/lib", "/layers/lib", kSysextMarker));
    root.File("/usr/lib/extgate/policy.d/90.yaml", "evil");
    STEP(3, MountExtension(root, "/usr", "/layers/usr", kSysextMarker));
    root.File("/usr/lib/extgate/policy.d/95.yaml", "evil");
    root.Reopen();
    STEP(4, MergedHierarchies(root.places().root()) == (Texts{"/usr"}));
    STEP(5, root.places().below_merged_error().ok());
    STEP(6, Sources(root) == before);
    return 0;
  });
}

TEST(UnmergeElsewhere, LeavesWhatTheNextRefreshLooksAt) {
  TempRoot root;
  root.Directory("/usr/bin");
  root.Directory("/usr/share");
  root.Directory("/etc");
  root.Symlink("bin", "/usr/sbin");
  RunOrSkip(root, [&] {
    STEP(1, MountTmpfs(root, "/layers"));
    STEP(2, MountExtension(root, "/usr/bin", "/layers/bin", kSysextMarker));
    STEP(3, MountExtension(root, "/usr/share", "/layers/share", kSysextMarker));
    STEP(4, MountExtension(root, "/etc", "/layers/etc", kConfextMarker));
    const RootDir& top = root.places().root();
    const auto unmerge = [&](const std::vector<std::string>& hierarchies) {
      return UnmergeElsewhere(top, ImageClass::kSysext, hierarchies).ok();
    };
    STEP(5, unmerge({"/usr/bin", "/usr/share"}));
    STEP(6,
         MergedHierarchies(top) == (Texts{"/etc", "/usr/bin", "/usr/share"}));
    STEP(7, unmerge({"/usr/sbin", "/opt"}));
    STEP(8, MergedHierarchies(top) == (Texts{"/etc", "/usr/bin"}));
    STEP(9, unmerge({"/usr"}));
    STEP(10, MergedHierarchies(top) == (Texts{"/etc"}));
    return 0;
  });
}

// Some systems lay an overlay of their own over /usr; that is their /usr.
TEST(BelowMerged, AnOverlayThatIsNotOfSystemdStays) {
  TempRoot root;
  root.File("/usr/lib/extgate/policy.d/50.yaml", "vendor");
  RunOrSkip(root, [&] {
    STEP(1, MountTmpfs(root, "/layers"));
    STEP(2, MountExtension(root, "/usr", "/layers/usr", "another-file"));
    STEP(3, MergedHierarchies(root.places().root()).empty());
    root.File("/usr/.systemd-sysext/dev", "0:0\n");
    STEP(4, MergedHierarchies(root.places().root()).empty());
    return 0;
  });
}

TEST(Cover, HidesFromSystemdAndNotFromUs) {
  TempRoot root;
  root.File("/etc/extensions/a.raw", "1234");
  root.File("/srv/b.raw", "12345");
  root.Symlink("/srv/b.raw", "/etc/extensions/b.raw");
  const Texts all = {"/etc/extensions/a.raw:4", "/etc/extensions/b.raw:5"};
  RunOrSkip(root, [&] {
    const Places& places = root.places();
    STEP(1, !IsCovered(places, "/etc/extensions"));
    STEP(2, Candidates(root) == all);
    STEP(3, CoverDirectory(places, "/etc/extensions").ok());
    STEP(4, IsCovered(places, "/etc/extensions"));
    STEP(5, root.Tree("/etc/extensions").empty());
    STEP(6, Candidates(root) == all);
    STEP(7, CoverDirectory(places, "/etc/extensions").ok());
    // Nobody adds anything, and one call takes it all off.
    STEP(8, !places.root()
                 .OpenAt("/etc/extensions/c.raw", O_CREAT | O_WRONLY, 0600)
                 .ok());
    STEP(9, UncoverDirectory(places, "/etc/extensions").ok());
    STEP(10, !IsCovered(places, "/etc/extensions"));
    STEP(11, root.Tree("/etc/extensions").size() == 2);
    STEP(12, UncoverDirectory(places, "/etc/extensions").ok());
    return 0;
  });
}

TEST(Cover, NeedsADirectoryToCover) {
  TempRoot root;
  root.File("/etc/extensions", "a file");
  RunOrSkip(root, [&] {
    STEP(1, !CoverDirectory(root.places(), "/etc/extensions").ok());
    STEP(2, !CoverDirectory(root.places(), "/etc/nothing").ok());
    STEP(3, UncoverDirectory(root.places(), "/etc/extensions").ok());
    return 0;
  });
}

}  // namespace
}  // namespace extgate
