// One way in: FindBadInlineCertificates.
#include "engine/inline_certificates.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "engine/crypto/certificate.h"
#include "policy/text_index.h"

namespace extgate {
namespace {

// Bytes of a line of the source that are looked at: those of a PEM are short,
// and a hostile text of one long line shall cost no more.
constexpr size_t kLongestLine = 4096;

// Takes the next line off `text`, without its end.
absl::string_view TakeLine(absl::string_view& text) {
  const size_t end = text.find('\n');
  const absl::string_view line = text.substr(0, end);
  text.remove_prefix(end == absl::string_view::npos ? text.size() : end + 1);
  return line;
}

// A source and where its lines are; one index for all its certificates.
struct IndexedSource {
  absl::string_view text;
  TextIndex index;
};

// Walks down the lines of one PEM and those of the source beside them.
class PemPlaces {
 public:
  // `pem` and `source` must outlive it.
  PemPlaces(const LocatedText& pem, const IndexedSource& source)
      : pem_(pem), rest_(pem.value), source_(source) {}

  // Where the line that begins at `offset` of the PEM is; never before the
  // offset asked for last.
  SourceSpan Of(size_t offset) {
    while (alike_ && pem_.value.size() - rest_.size() < offset) {
      TakeLineOfBoth();
    }
    if (line_ == 0 || !alike_) return pem_.span;
    absl::string_view rest = rest_;
    const std::optional<size_t> at = Find(TakeLine(rest));
    if (!at.has_value()) return pem_.span;
    const TextPlace place = source_.index.PlaceOf(*at);
    return {pem_.span.path, place.line, place.column};
  }

 private:
  void TakeLineOfBoth() {
    alike_ = pem_.span.line > 0 && Find(TakeLine(rest_)).has_value();
    ++line_;
  }

  // Offset of `line`, which is the current one of the PEM, in the source.
  std::optional<size_t> Find(absl::string_view line) const {
    const size_t number = static_cast<size_t>(pem_.span.line) - 1 + line_;
    const size_t start = source_.index.LineStart(number);
    absl::string_view beside = source_.text.substr(start, kLongestLine);
    const size_t column = TakeLine(beside).find(line);
    if (column == absl::string_view::npos) return std::nullopt;
    return start + column;
  }

  const LocatedText& pem_;
  absl::string_view rest_;  // of the PEM, from the current line on
  const IndexedSource& source_;
  size_t line_ = 0;    // of the PEM, from 0
  bool alike_ = true;  // the lines so far are in the source as they are
};

class Checker {
 public:
  explicit Checker(absl::string_view text) : text_(text) {}

  void Check(const LocatedText& pem) {
    std::vector<PemProblem> problems = FindPemProblems(pem.value);
    if (problems.empty()) return;
    if (!source_.has_value()) source_ = IndexedSource{text_, TextIndex(text_)};
    PemPlaces places(pem, *source_);
    for (PemProblem& problem : problems) {
      diagnostics_.push_back(
          {DiagnosticCode::kBadCertificate, Severity::kError,
           places.Of(problem.offset), std::move(problem.message),
           "give the whole certificate in PEM, from BEGIN to END"});
    }
  }

  std::vector<Diagnostic> Finish() { return std::move(diagnostics_); }

 private:
  absl::string_view text_;
  std::optional<IndexedSource> source_;  // once there is a place to find
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

std::vector<Diagnostic> FindBadInlineCertificates(const Trust& trust,
                                                  absl::string_view text) {
  Checker checker(text);
  for (const LocatedText& pem : trust.certificates) checker.Check(pem);
  for (const auto& [name, set] : trust.sets) {
    for (const LocatedText& pem : set.certificates) checker.Check(pem);
  }
  return checker.Finish();
}

}  // namespace extgate
