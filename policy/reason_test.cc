// Every code has a kind and a page of help; the worst kind is the verdict.
#include "policy/reason.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(ReasonTest, EveryCodeHasAPageOfHelp) {
  std::set<std::string> pages;
  for (const auto& [code, word] : Words<ReasonCode>::kTable) {
    const absl::string_view page = HelpOf(code);
    EXPECT_TRUE(absl::EndsWith(page, "\n")) << word;
    EXPECT_FALSE(absl::EndsWith(page, "\n\n")) << word;
    EXPECT_TRUE(absl::StrContains(page, "\nLook:  ")) << word;
    EXPECT_TRUE(absl::StrContains(page, "\nDo:    ")) << word;
    EXPECT_GE(std::count(page.begin(), page.end(), '\n'), 4) << word;
    for (absl::string_view line : absl::StrSplit(page, '\n')) {
      EXPECT_LE(line.size(), 80u) << word << ": " << line;
      EXPECT_FALSE(absl::EndsWith(line, " ")) << word << ": " << line;
    }
    pages.insert(std::string(page));
  }
  EXPECT_EQ(pages.size(), std::size(Words<ReasonCode>::kTable))
      << "no page stands for two codes";
}

TEST(ReasonTest, KindsAreThoseOfTheRegistry) {
  const struct {
    Verdict kind;
    std::vector<std::string> words;
  } kKinds[] = {
      {Verdict::kDeny,
       {"unsigned", "signature-invalid", "signer-untrusted", "signer-revoked",
        "signer-expired", "root-hash-mismatch", "image-policy",
        "denied-by-rule", "no-matching-rule", "version-out-of-range",
        "digest-mismatch", "name-mismatch", "forbidden-content", "bypass",
        "required-missing"}},
      {Verdict::kUnmergeable,
       {"not-a-disk-image", "partition-table-invalid", "layout-ambiguous",
        "verity-corrupt", "filesystem-unsupported", "release-missing"}},
      {Verdict::kNotApplicable,
       {"wrong-entry", "release-mismatch", "wrong-architecture",
        "wrong-scope"}},
      {Verdict::kUnreadable, {"unreadable"}},
  };
  size_t seen = 0;
  for (const auto& [kind, words] : kKinds) {
    for (const std::string& word : words) {
      const auto code = FromWord<ReasonCode>(word);
      ASSERT_TRUE(code.has_value()) << word;
      EXPECT_EQ(KindOf(*code), kind) << word;
      ++seen;
    }
  }
  EXPECT_EQ(seen, std::size(Words<ReasonCode>::kTable));
}

TEST(ReasonTest, TheWorstKindIsTheVerdict) {
  const Reason deny{ReasonCode::kUnsigned, ""};
  const Reason unmergeable{ReasonCode::kVerityCorrupt, ""};
  const Reason elsewhere{ReasonCode::kReleaseMismatch, ""};
  const Reason unreadable{ReasonCode::kUnreadable, ""};
  const Reason entry{ReasonCode::kWrongEntry, ""};
  EXPECT_EQ(VerdictOf({}), Verdict::kAllow);
  EXPECT_EQ(VerdictOf({elsewhere}), Verdict::kNotApplicable);
  EXPECT_EQ(VerdictOf({deny, elsewhere}), Verdict::kDeny);
  EXPECT_EQ(VerdictOf({elsewhere, deny}), Verdict::kDeny);
  EXPECT_EQ(VerdictOf({deny, unmergeable}), Verdict::kUnmergeable);
  EXPECT_EQ(VerdictOf({unreadable, unmergeable}), Verdict::kUnreadable);
  EXPECT_EQ(VerdictOf({unreadable, entry}), Verdict::kNotApplicable);
  EXPECT_EQ(VerdictOf({entry, deny}), Verdict::kNotApplicable);
}

}  // namespace
}  // namespace extgate
