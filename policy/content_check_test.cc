#include "policy/content_check.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/decision_fixture.h"
#include "policy/policy.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TreeFile File(const std::string& path, FileType type = FileType::kRegular,
              uint16_t permissions = 0644) {
  TreeFile file;
  file.path = path;
  file.type = type;
  file.permissions = permissions;
  return file;
}

TreeFile Link(const std::string& path, const std::string& target) {
  TreeFile file = File(path, FileType::kSymlink, 0777);
  file.target = target;
  return file;
}

TreeFile Device(const std::string& path, FileType type, uint32_t major) {
  TreeFile file = File(path, type);
  file.device_major = major;
  return file;
}

TreeFile With(const std::string& path, const std::string& attribute,
              FileType type = FileType::kRegular) {
  TreeFile file = File(path, type);
  file.attributes = {attribute};
  return file;
}

CompiledContent Deny(const std::vector<std::string>& patterns) {
  CompiledContent content;
  for (const std::string& pattern : patterns) {
    content.deny.push_back(*PathGlob::Parse(pattern));
  }
  return content;
}

CompiledContent Minds(ContentKind kind,
                      ContentAction action = ContentAction::kDeny) {
  CompiledContent content;
  content.actions[kind] = action;
  return content;
}

ImageFacts ImageWith(std::vector<TreeFile> files,
                     ImageClass image_class = ImageClass::kSysext) {
  ImageFacts image = GoodImage();
  image.image_class = image_class;
  image.tree = TreeFacts{std::move(files), false};
  return image;
}

std::vector<std::string> Texts(
    const CompiledContent& content, const ImageFacts& image,
    const Evidence<HostOverlap>& overlap = HostOverlap(),
    const Hierarchies& hierarchies = {}) {
  std::vector<std::string> texts;
  for (const ContentFinding& finding :
       CheckContent(content, image, overlap, hierarchies)) {
    texts.push_back(std::string(ToWord(finding.action)) + " " + finding.text);
  }
  return texts;
}

constexpr FileType kDirectory = FileType::kDirectory;

// Kairos merges no /opt, and of /usr some.
TEST(ContentCheckTest, OutsideIsWhatTheHierarchiesLeaveOut) {
  const ImageFacts image =
      ImageWith({File("opt/a"), File("usr/bin/a"), File("usr/libexec/a")});
  const CompiledContent minds = Minds(ContentKind::kOutside);
  EXPECT_THAT(Texts(minds, image), IsEmpty());
  EXPECT_THAT(
      Texts(minds, image, HostOverlap(), {{"/usr/bin", "/usr/lib"}, {}}),
      ElementsAre("deny outside: `/opt/a`, `/usr/libexec/a`"));
}

// What leads to a file of the image by the directories above a hierarchy leads
// nowhere else; what leaves what is merged may lead to anything.
TEST(ContentCheckTest, SymlinksAreFollowedThroughWhatIsMerged) {
  const CompiledContent minds = Deny({"/usr/bin/a/**"});
  const Hierarchies some = {{"/usr/bin"}, {}};
  for (const auto& [target, found] :
       std::vector<std::pair<std::string, bool>>{{"/usr/bin/b", false},
                                                 {"../bin/b", false},
                                                 {"/usr/lib/b", true},
                                                 {"../lib/b", true}}) {
    const ImageFacts image =
        ImageWith({File("usr", kDirectory), File("usr/bin", kDirectory),
                   Link("usr/bin/a", target), File("usr/bin/b"),
                   File("usr/lib", kDirectory), File("usr/lib/b")});
    EXPECT_THAT(Texts(minds, image), IsEmpty()) << target;
    EXPECT_EQ(Texts(minds, image, HostOverlap(), some).size(), found ? 1u : 0u)
        << target;
  }
}

TEST(ContentCheckTest, EachKindIsFoundAndItsNearMissesAreNot) {
  struct Row {
    ContentKind kind;
    std::vector<TreeFile> yes;
    std::vector<TreeFile> no;
  };
  const Row rows[] = {
      {ContentKind::kSetuid,
       {File("usr/a", FileType::kRegular, 04755),
        File("usr/a", FileType::kRegular, 02755)},
       {File("usr/a", FileType::kRegular, 01755),
        File("usr/a", kDirectory, 02755)}},
      {ContentKind::kCapabilities,
       {With("usr/a", "security.capability")},
       {With("usr/a", "trusted.overlay.opaque")}},
      {ContentKind::kDevices,
       {Device("usr/a", FileType::kCharDevice, 1),
        Device("usr/a", FileType::kBlockDevice, 0)},
       {Device("usr/a", FileType::kCharDevice, 0),
        File("usr/a", FileType::kFifo)}},
      {ContentKind::kWhiteouts,
       {Device("usr/a", FileType::kCharDevice, 0),
        With("usr/a", "trusted.overlay.opaque", kDirectory),
        With("usr/a", "user.overlay.redirect", kDirectory),
        With("usr/a", "trusted.overlay.whiteout")},
       {Device("usr/a", FileType::kBlockDevice, 0),
        With("usr/a", "security.capability")}},
      {ContentKind::kOutside,
       {File("etc/a"), File("usr2/a"), Link("bin", "usr/bin"), File("a")},
       {File("usr/a"), File("opt/a"), File("etc", kDirectory),
        File("usr", kDirectory)}},
  };
  for (const Row& row : rows) {
    for (const TreeFile& file : row.yes) {
      EXPECT_THAT(Texts(Minds(row.kind), ImageWith({file})),
                  ElementsAre(std::string("deny ") + ToWord(row.kind) + ": `/" +
                              file.path + "`"));
    }
    for (const TreeFile& file : row.no) {
      EXPECT_THAT(Texts(Minds(row.kind), ImageWith({file})), IsEmpty())
          << ToWord(row.kind) << " " << file.path;
    }
  }
}

TEST(ContentCheckTest, OutsideIsByClass) {
  const ImageFacts confext =
      ImageWith({File("etc/a"), File("usr/b")}, ImageClass::kConfext);
  EXPECT_THAT(Texts(Minds(ContentKind::kOutside), confext),
              ElementsAre("deny outside: `/usr/b`"));
}

TEST(ContentCheckTest, AWarningIsOne) {
  EXPECT_THAT(Texts(Minds(ContentKind::kSetuid, ContentAction::kWarn),
                    ImageWith({File("usr/a", FileType::kRegular, 04755)})),
              ElementsAre("warn setuid: `/usr/a`"));
}

TEST(ContentCheckTest, SomePathsAreShownAndAllCounted) {
  std::vector<TreeFile> files;
  for (char c = 'a'; c <= 'e'; ++c) files.push_back(File({'u', '/', c}));
  EXPECT_THAT(Texts(Deny({"/u/*", "/nothing/**"}), ImageWith(files)),
              ElementsAre("deny `/u/*`: `/u/a`, `/u/b`, `/u/c` and 2 more"));
}

TEST(ContentCheckTest, ASymlinkCountsAsWhatMayLieBehindIt) {
  struct Row {
    const char* name;
    TreeFile link;
    bool denied;
  };
  const Row rows[] = {
      {"to a directory of the image", Link("usr/lib/systemd", "../share/d"),
       true},
      {"by an absolute path", Link("usr/lib/systemd", "/usr/share/d"), true},
      {"over another symlink", Link("usr/lib/systemd", "../share/l"), true},
      {"to the host", Link("usr/lib/systemd", "/var/lib/x"), true},
      {"to itself", Link("usr/lib/systemd", "systemd"), true},
      {"above it", Link("usr/lib", "share"), true},
      {"of the hierarchy", Link("usr", "x"), true},
      {"to what is not merged", Link("usr/lib/systemd", "/srv/file"), true},
      {"to a file", Link("usr/lib/systemd", "../share/file"), false},
      {"to a file, the long way", Link("usr/lib/systemd", "../share/d/../file"),
       false},
      {"elsewhere", Link("usr/lib/other", "../share/d"), false},
  };
  for (const Row& row : rows) {
    const std::vector<TreeFile> files = {File("srv", kDirectory),
                                         File("srv/file"),
                                         File("usr", kDirectory),
                                         File("usr/lib", kDirectory),
                                         File("usr/share", kDirectory),
                                         File("usr/share/d", kDirectory),
                                         File("usr/share/file"),
                                         Link("usr/share/l", "d"),
                                         row.link};
    EXPECT_EQ(!Texts(Deny({"/usr/lib/systemd/**"}), ImageWith(files)).empty(),
              row.denied)
        << row.name;
  }
}

TEST(ContentCheckTest, WhatTheHostTells) {
  HostOverlap overlap;
  overlap.conflicts = {{"usr/sbin", kDirectory, FileType::kSymlink}};
  overlap.shadowed = {"usr/bin/ls"};
  const ImageFacts image = ImageWith({});
  EXPECT_THAT(Texts(Minds(ContentKind::kTypeConflict), image, overlap),
              ElementsAre("deny type_conflict: `/usr/sbin` (directory over the "
                          "host's symlink)"));
  EXPECT_THAT(
      Texts(Minds(ContentKind::kShadow, ContentAction::kWarn), image, overlap),
      ElementsAre("warn shadow: `/usr/bin/ls`"));
  EXPECT_THAT(Texts(Minds(ContentKind::kShadow), image), IsEmpty());
}

TEST(ContentCheckTest, WhatIsNotKnownCountsAsThere) {
  const CompiledContent host = Minds(ContentKind::kShadow);
  EXPECT_THAT(Texts(host, ImageWith({}), Absent()),
              ElementsAre("deny shadow: the host was not looked at"));
  EXPECT_THAT(Texts(host, ImageWith({}), Malformed{"host", "no way"}),
              ElementsAre("deny shadow: the host could not be looked at: no "
                          "way"));
  for (const Evidence<TreeFacts>& tree :
       {Evidence<TreeFacts>(), Evidence<TreeFacts>(Malformed{"tree", "a loop"}),
        Evidence<TreeFacts>(Unsupported{"odd"}),
        Evidence<TreeFacts>(TreeFacts{{}, true})}) {
    ImageFacts image = ImageWith({});
    image.tree = tree;
    for (const auto& [kind, word] : Words<ContentKind>::kTable) {
      EXPECT_THAT(Texts(Minds(kind), image),
                  ElementsAre(HasSubstr("deny what it carries is unknown: ")));
      EXPECT_THAT(Texts(Minds(kind, ContentAction::kWarn), image),
                  ElementsAre(HasSubstr("warn what it carries is unknown: ")));
    }
    EXPECT_THAT(Texts(Deny({"/x"}), image),
                ElementsAre(HasSubstr("deny what it carries is unknown: ")));
  }
}

}  // namespace
}  // namespace extgate
