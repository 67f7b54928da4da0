// Results of cases as text: for people, for TAP's readers, for JUnit's, and as
// JSON.
#ifndef EXTGATE_ENGINE_CASES_CASE_TEXT_H_
#define EXTGATE_ENGINE_CASES_CASE_TEXT_H_

#include <string>
#include <utility>
#include <vector>

#include "engine/cases/case_run.h"
#include "policy/words.h"

namespace extgate {

enum class CaseFormat { kText, kTap, kJunit, kJson };

template <>
struct Words<CaseFormat> {
  static constexpr char kNoun[] = "format";
  static constexpr std::pair<CaseFormat, const char*> kTable[] = {
      {CaseFormat::kText, "text"},
      {CaseFormat::kTap, "tap"},
      {CaseFormat::kJunit, "junit"},
      {CaseFormat::kJson, "json"},
  };
};

// text: a line a case and one of sums; tap: version 13 of the Test Anything
// Protocol, testanything.org; junit: the XML that Jenkins and others read, a
// test suite a file of cases, which are to be in order; json: message
// CaseResults of proto/policy_verbs.proto. A case that could not
// be run is `ERROR`, `not ok`, `<error>` and `not-run`. Ends in a newline.
std::string CasesToText(const std::vector<CaseResult>& results,
                        CaseFormat format);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CASES_CASE_TEXT_H_
