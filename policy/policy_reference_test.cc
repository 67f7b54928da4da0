// docs/policy.md against the table of keys: each key has a section of its own,
// and no section is about a key that there is not.
#include <google/protobuf/descriptor.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/policy_schema.h"

namespace extgate {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using testing::ElementsAreArray;
using testing::HasSubstr;

// "trust", "trust.sets.NAME.files": the paths of all keys of `message`, which
// is at `path`.
void AddKeys(const Descriptor& message, const std::string& path,
             std::set<std::string>& keys) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string name(field.name());
    const std::string key = path.empty() ? name : absl::StrCat(path, ".", name);
    keys.insert(key);
    const Descriptor* below = field.message_type();
    if (below == nullptr) continue;
    if (field.is_map()) {
      AddKeys(*below->FindFieldByName("value")->message_type(),
              absl::StrCat(key, ".NAME"), keys);
    } else {
      // Keys are named from below `extension_policy` on.
      AddKeys(*below, key == "extension_policy" ? "" : key, keys);
    }
  }
}

std::set<std::string> AllKeys() {
  std::set<std::string> keys;
  AddKeys(PolicySchema(), "", keys);
  return keys;
}

// What the page has under "#### `KEY`".
struct Section {
  std::string key;
  std::string text;
};

std::string Page() {
  std::ifstream file("docs/policy.md");
  EXPECT_TRUE(file.good());
  std::ostringstream page;
  page << file.rdbuf();
  return page.str();
}

std::vector<Section> Sections(const std::string& page) {
  std::vector<Section> sections;
  bool inside = false;
  for (absl::string_view line : absl::StrSplit(page, '\n')) {
    if (absl::StartsWith(line, "#")) inside = false;
    if (absl::ConsumePrefix(&line, "#### `") &&
        absl::ConsumeSuffix(&line, "`")) {
      sections.push_back({std::string(line), ""});
      inside = true;
    } else if (inside) {
      absl::StrAppend(&sections.back().text, line, " ");
    }
  }
  return sections;
}

// All that stands in blocks of YAML.
std::string Examples(const std::string& page) {
  std::string examples;
  bool inside = false;
  for (const absl::string_view line : absl::StrSplit(page, '\n')) {
    if (absl::StartsWith(line, "```")) {
      inside = absl::StartsWith(line, "```yaml");
    } else if (inside) {
      absl::StrAppend(&examples, line, "\n");
    }
  }
  return examples;
}

TEST(PolicyReferenceTest, EachKeyHasASectionAndEachSectionAKey) {
  std::vector<std::string> found;
  for (const Section& section : Sections(Page())) found.push_back(section.key);
  const std::set<std::string> once(found.begin(), found.end());
  EXPECT_EQ(once.size(), found.size()) << "a key has two sections";
  EXPECT_THAT(once, ElementsAreArray(AllKeys()));
}

// The line of what it takes, what its absence means, and who may say it.
TEST(PolicyReferenceTest, EachSectionBeginsWithWhatTheKeyTakes) {
  for (const Section& section : Sections(Page())) {
    const std::vector<std::string> parts = absl::StrSplit(section.text, '*');
    ASSERT_GE(parts.size(), 2u) << section.key;
    EXPECT_EQ(parts[0], " ") << section.key << ": not at the beginning";
    // A `*` in backticks would end the line early.
    EXPECT_THAT(parts[1], HasSubstr("; absent: ")) << section.key;
    EXPECT_THAT(parts[1], HasSubstr("; under a floor: ")) << section.key;
  }
}

TEST(PolicyReferenceTest, EachKeyIsInAnExample) {
  const std::string examples = Examples(Page());
  for (const std::string& key : AllKeys()) {
    // Refused so far, so that no example of it can be run.
    if (key == "merge.hierarchies") continue;
    const size_t dot = key.rfind('.');
    const std::string name =
        dot == std::string::npos ? key : key.substr(dot + 1);
    EXPECT_TRUE(absl::StrContains(examples, absl::StrCat(name, ":"))) << key;
  }
}

}  // namespace
}  // namespace extgate
