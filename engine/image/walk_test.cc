// Walks of the committed images against the manifest that was made beside them:
// devices, rights and attributes that a sandboxed test may not make itself.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/erofs.h"
#include "engine/image/ext4.h"
#include "engine/image/filesystem_fixture.h"
#include "engine/image/squashfs.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAreArray;

std::vector<uint8_t> Load(const std::string& name) {
  return ReadHostFile(absl::StrCat("testdata/images/", name));
}

const char* Word(FileType type) {
  switch (type) {
    case FileType::kRegular:
      return "regular";
    case FileType::kDirectory:
      return "directory";
    case FileType::kSymlink:
      return "symlink";
    case FileType::kCharDevice:
      return "char";
    case FileType::kBlockDevice:
      return "block";
    case FileType::kFifo:
      return "fifo";
    case FileType::kSocket:
      return "socket";
    case FileType::kOther:
      break;
  }
  return "other";
}

// As a line of the manifest.
std::string Line(absl::string_view path, const NodeFacts& facts) {
  std::string line = absl::StrFormat(
      "/%s %s %04o %d %d %d:%d", path, Word(facts.type), facts.permissions,
      facts.uid, facts.gid, facts.device_major, facts.device_minor);
  for (const auto& [name, value] : facts.xattrs) {
    absl::StrAppend(&line, " ", name, "=", absl::BytesToHexString(value));
  }
  return line;
}

class WalkOfImageTest : public ::testing::TestWithParam<std::string> {};

TEST_P(WalkOfImageTest, FindsWhatTheManifestSays) {
  const std::vector<uint8_t> text = Load("special.manifest");
  const std::vector<std::string> expected = absl::StrSplit(
      std::string(text.begin(), text.end()), '\n', absl::SkipEmpty());
  ASSERT_GT(expected.size(), 10u);
  const std::vector<uint8_t> image = Load(GetParam());
  BufferReader reader(image);
  absl::StatusOr<std::unique_ptr<Filesystem>> filesystem =
      absl::EndsWith(GetParam(), ".erofs")
          ? OpenErofs(reader, Designator::kRoot)
      : absl::EndsWith(GetParam(), ".ext4")
          ? OpenExt4(reader, Designator::kRoot)
          : OpenSquashfs(reader, Designator::kRoot);
  ASSERT_TRUE(filesystem.ok()) << filesystem.status();
  std::vector<std::string> lines;
  absl::Status status =
      (*filesystem)
          ->Walk([&lines](absl::string_view path, const NodeFacts& facts) {
            lines.push_back(Line(path, facts));
            return true;
          });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(lines, ElementsAreArray(expected));
}

INSTANTIATE_TEST_SUITE_P(
    Images, WalkOfImageTest,
    ::testing::Values("special.erofs", "special.squashfs", "special.ext4"),
    [](const ::testing::TestParamInfo<std::string>& image) {
      return image.param.substr(image.param.find('.') + 1);
    });

}  // namespace
}  // namespace extgate
