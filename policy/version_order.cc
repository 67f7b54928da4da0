// One way in: CompareVersions.
#include "policy/version_order.h"

#include "absl/strings/ascii.h"

namespace extgate {
namespace {

bool Separates(char c) {
  return !absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '~' &&
         c != '-' && c != '^' && c != '.';
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c));
}

std::weak_ordering OrderOf(int sign) {
  if (sign < 0) return std::weak_ordering::less;
  return sign > 0 ? std::weak_ordering::greater
                  : std::weak_ordering::equivalent;
}

// What is left of one of the two versions.
class Rest {
 public:
  explicit Rest(absl::string_view text) : text_(text) {}

  void DropSeparators() {
    while (!text_.empty() && Separates(text_.front())) text_.remove_prefix(1);
  }
  void DropZeros() {
    while (!text_.empty() && text_.front() == '0') text_.remove_prefix(1);
  }

  bool empty() const { return text_.empty(); }
  bool StartsWith(char c) const { return !text_.empty() && text_.front() == c; }
  bool StartsWithDigit() const {
    return !text_.empty() && IsDigit(text_.front());
  }
  void DropOne() { text_.remove_prefix(1); }

  // Takes the longest run of such characters.
  absl::string_view Take(bool (*of)(char)) {
    size_t length = 0;
    while (length < text_.size() && of(text_[length])) ++length;
    const absl::string_view run = text_.substr(0, length);
    text_.remove_prefix(length);
    return run;
  }

 private:
  absl::string_view text_;
};

// Of numbers without leading zeros the longer is the larger.
int CompareNumbers(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

// One run of digits or of letters of each. A number is newer than no number.
int CompareSegments(Rest& a, Rest& b) {
  if (!a.StartsWithDigit() && !b.StartsWithDigit()) {
    return a.Take(IsLetter).compare(b.Take(IsLetter));
  }
  if (a.StartsWithDigit() != b.StartsWithDigit()) {
    return a.StartsWithDigit() ? 1 : -1;
  }
  a.DropZeros();
  b.DropZeros();
  return CompareNumbers(a.Take(IsDigit), b.Take(IsDigit));
}

// Where one of them goes on with `mark` that one is older; where both do, the
// mark is taken.
int CompareMarks(Rest& a, Rest& b, char mark) {
  const bool of_a = a.StartsWith(mark);
  const bool of_b = b.StartsWith(mark);
  if (of_a != of_b) return of_a ? -1 : 1;
  if (of_a) {
    a.DropOne();
    b.DropOne();
  }
  return 0;
}

}  // namespace

std::weak_ordering CompareVersions(absl::string_view a, absl::string_view b) {
  Rest left(a);
  Rest right(b);
  while (true) {
    left.DropSeparators();
    right.DropSeparators();
    if (int sign = CompareMarks(left, right, '~')) return OrderOf(sign);
    // Before the other marks: `1-1` is newer than `1`.
    if (left.empty() || right.empty()) {
      return OrderOf(int{!left.empty()} - int{!right.empty()});
    }
    for (char mark : {'-', '^', '.'}) {
      if (int sign = CompareMarks(left, right, mark)) return OrderOf(sign);
    }
    if (int sign = CompareSegments(left, right)) return OrderOf(sign);
  }
}

}  // namespace extgate
