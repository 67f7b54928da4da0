// A text read character by character, for the readers of textproto and JSON;
// and how they refuse one. Not public.
#ifndef EXTGATE_POLICY_TEXT_SCANNER_H_
#define EXTGATE_POLICY_TEXT_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "policy/diagnostic.h"
#include "policy/document.h"
#include "policy/text_index.h"

namespace extgate {

// One pass over a text, which must outlive it. The first call of Refuse counts;
// from then on the text is at its end, so that every loop over it ends.
class TextScanner {
 public:
  // Refuses a text with a byte that FirstForbiddenByte finds.
  explicit TextScanner(absl::string_view text);

  bool AtEnd() const { return next_ == text_.size(); }
  // '\0' at the end.
  char Peek() const { return AtEnd() ? '\0' : text_[next_]; }
  char Take() { return AtEnd() ? '\0' : text_[next_++]; }
  bool TakeIf(char c);
  // The longest run of what `takes` says yes to.
  absl::string_view TakeWhile(bool (*takes)(char c));

  size_t offset() const { return next_; }

  // A node that begins at `offset`. Refuses when there are more than a policy
  // may have.
  Node Make(Node::Kind kind, size_t offset);

  // One more, or one fewer, collection in another. Refuses when it is too deep;
  // false then.
  bool Enter();
  void Leave() { --depth_; }

  // Reads `digits` (1 to 8) hexadecimal digits; nullopt, refused, when there
  // are fewer.
  std::optional<uint32_t> TakeHex(int digits);

  void Refuse(size_t offset, std::string why);
  void RefuseHere(std::string why) { Refuse(next_, std::move(why)); }
  bool refused() const { return refusal_.has_value(); }

  // "not a NOUN that extgate reads: why" of what was refused.
  Diagnostic TakeRefusal(DiagnosticCode code, absl::string_view path,
                         absl::string_view noun) const;

 private:
  struct Refusal {
    size_t offset;
    std::string why;
  };

  absl::string_view text_;
  TextIndex index_;
  size_t next_ = 0;
  int nodes_ = 0;
  int depth_ = 0;
  std::optional<Refusal> refusal_;
};

// Whether `code` is a character: no surrogate, at most U+10FFFF.
bool IsCharacter(uint32_t code);

// The diagnostic file-unreadable of a text of more than kMaxPolicyBytes.
std::optional<Diagnostic> TooLarge(absl::string_view text,
                                   absl::string_view path);

}  // namespace extgate

#endif  // EXTGATE_POLICY_TEXT_SCANNER_H_
