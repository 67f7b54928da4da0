#include "adapters/set_record.h"

#include <set>
#include <string>

#include "adapters/testing/temp_root.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

const StagedName kLink{"a \n'\xff.raw", FileType::kSymlink, "/x\n"};
const StagedName kMask{"mask", FileType::kDirectory, ""};

TEST(SetRecord, ReadsBackWhatItWrote) {
  for (const auto& names : {std::set<StagedName>{}, std::set<StagedName>{kLink},
                            std::set<StagedName>{kLink, kMask}}) {
    const SetRecord record(names);
    EXPECT_EQ(SetRecord::Parse(record.ToText()), record);
  }
}

TEST(SetRecord, OwnsExactlyWhatIsRecordedAndLinksIntoOurs) {
  const SetRecord record({kLink, kMask});
  const struct {
    StagedName name;
    bool owned;
  } kCases[] = {
      {kLink, true},
      {kMask, true},
      {{kLink.file_name, FileType::kSymlink, "/y"}, false},
      {{"other", FileType::kSymlink, kLink.target}, false},
      {{"other", FileType::kDirectory, ""}, false},
      {{"mask", FileType::kOther, ""}, false},
      {{"x.raw", FileType::kSymlink, "../extgate/images/0.raw"}, true},
      {{"x", FileType::kSymlink, "../extgate/foreign/sysext/x"}, true},
      {{"x.raw", FileType::kSymlink, "../extgate/incoming/x.raw"}, false},
      {{"x.raw", FileType::kSymlink, "/run/extgate/images/0.raw"}, false},
      {{"x.raw", FileType::kOther, "../extgate/images/0.raw"}, false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(record.Owns(c.name), c.owned)
        << c.name.file_name << " -> " << c.name.target;
  }
}

TEST(SetRecord, BrokenTextOwnsLess) {
  const std::string text = SetRecord({kLink, kMask}).ToText();
  for (size_t size = 0; size < text.size(); ++size) {
    const SetRecord record = SetRecord::Parse(text.substr(0, size));
    for (const StagedName& name : record.names()) {
      EXPECT_TRUE(name == kLink || name == kMask ||
                  (name.file_name == kLink.file_name &&
                   kLink.target.find(name.target) == 0))
          << size;
    }
    EXPECT_LE(record.names().size(), 2u);
  }
  const std::string path("link\0a/b\0t\0", 11);
  EXPECT_TRUE(SetRecord::Parse(path).names().empty());
  const std::string kind("file\0a\0t\0", 9);
  EXPECT_TRUE(SetRecord::Parse(kind).names().empty());
}

TEST(DescribeEntry, TellsMasksFromDirectoriesWithContent) {
  TempRoot root;
  root.Directory("/empty");
  root.File("/full/x");
  root.Symlink("target", "/link");
  root.File("/file");
  const Directory top = *root.places().root().OpenDirectory("/");
  EXPECT_EQ(*DescribeEntry(top, {"empty", FileType::kDirectory}),
            (StagedName{"empty", FileType::kDirectory, ""}));
  EXPECT_EQ(*DescribeEntry(top, {"full", FileType::kDirectory}),
            (StagedName{"full", FileType::kOther, ""}));
  EXPECT_EQ(*DescribeEntry(top, {"link", FileType::kSymlink}),
            (StagedName{"link", FileType::kSymlink, "target"}));
  EXPECT_EQ(*DescribeEntry(top, {"file", FileType::kRegular}),
            (StagedName{"file", FileType::kOther, ""}));
  EXPECT_EQ(DescribeEntry(top, {"gone", FileType::kSymlink}).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace extgate
