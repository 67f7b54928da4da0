#include "adapters/offered_images.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/byte_cursor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A file whose content is its path and `mark`.
OfferedFile File(const std::string& path, const std::string& mark = "") {
  return {path.substr(path.rfind('/') + 1),
          [content =
               path + mark]() -> absl::StatusOr<std::unique_ptr<ImageReader>> {
            return std::make_unique<BufferReader>(BytesOf(content));
          },
          path};
}

OfferedFile Gone(const std::string& path) {
  OfferedFile file = File(path);
  file.open = []() -> absl::StatusOr<std::unique_ptr<ImageReader>> {
    return absl::NotFoundError("it is not there");
  };
  return file;
}

StubInputs Inputs(int stub) {
  StubInputs inputs;
  inputs.stub = stub;
  inputs.boot_loader = 0;
  return inputs;
}

// "PATH CLASS" of each candidate.
std::vector<std::string> Candidates(const StubInputs& inputs) {
  std::vector<std::string> texts;
  OfferedImages images(inputs);
  for (const Candidate& candidate : images.Candidates({}, {}).value) {
    texts.push_back(
        absl::StrCat(candidate.path, " ", ToWord(candidate.image_class)));
  }
  return texts;
}

TEST(OfferedImages, TheClassIsTheArchives) {
  StubInputs inputs = Inputs(257);
  inputs.own = {File("/d/a.raw"), File("/d/B.CONFEXT.raw"), File("/d/x.cred"),
                File("/d/.hidden.raw"), File("/d/c.sysext.raw")};
  inputs.global_extensions = {File("/g/d.raw")};
  EXPECT_THAT(Candidates(inputs),
              ElementsAre("/d/a.raw sysext", "/d/B.CONFEXT.raw confext",
                          "/d/c.sysext.raw sysext"));
  inputs.stub = 255;
  EXPECT_THAT(Candidates(inputs),
              ElementsAre("/d/a.raw sysext", "/d/B.CONFEXT.raw sysext",
                          "/d/c.sysext.raw sysext"));
  inputs.own.clear();
  inputs.stub = 258;
  EXPECT_THAT(Candidates(inputs), ElementsAre("/g/d.raw sysext"));
}

TEST(OfferedImages, WhatExtraLinesName) {
  StubInputs inputs = Inputs(255);
  inputs.extras = {File("/e/a.SYSEXT.raw"), File("/e/b.confext.raw"),
                   File("/e/c.raw"), File("/e/d.cred"),
                   Gone("/e/e.sysext.raw")};
  EXPECT_THAT(Candidates(inputs), IsEmpty());
  inputs.boot_loader = 260;
  EXPECT_THAT(Candidates(inputs), IsEmpty());
  for (const std::optional<int>& version :
       {std::optional<int>(261), std::optional<int>()}) {
    inputs.boot_loader = version;
    EXPECT_THAT(Candidates(inputs), ElementsAre("/e/a.SYSEXT.raw sysext",
                                                "/e/b.confext.raw confext"));
  }
}

TEST(OfferedImages, FilesOfOnePathAreAllOpened) {
  StubInputs inputs = Inputs(258);
  inputs.own = {File("/d/a.raw", " of the host")};
  inputs.global_extensions = {File("/d/a.raw", " of the partition")};
  OfferedImages images(inputs);
  std::vector<std::string> contents;
  for (const Candidate& candidate : images.Candidates({}, {}).value) {
    EXPECT_EQ(candidate.file_name, "a.raw");
    const auto reader = images.Open(candidate);
    ASSERT_TRUE(reader.ok()) << reader.status();
    std::string content((*reader)->size_bytes(), '\0');
    ASSERT_TRUE((*reader)
                    ->ReadAt(0, absl::MakeSpan(
                                    reinterpret_cast<uint8_t*>(content.data()),
                                    content.size()))
                    .ok());
    contents.push_back(content);
  }
  EXPECT_THAT(contents,
              ElementsAre("/d/a.raw of the host", "/d/a.raw of the partition"));
}

}  // namespace
}  // namespace extgate
