// Ways in: the constructor, which files every rule, and Find.
#include "policy/rule_index.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "policy/compiled_policy.h"

namespace extgate {
namespace {

// A glob is filed under at most this many bytes of its prefix or suffix.
constexpr size_t kMostBytes = 63;

// What all regular expressions together may need: so much each, and more than
// one of them alone (name_pattern.h).
constexpr int64_t kBytesOfAnExpression = 64 << 10;
constexpr int64_t kBytesOfAll = 2 << 20;

constexpr size_t kFilterBitsOfAKey = 16;
constexpr size_t kBitsOfAWord = 64;

// What a key is made of, so that no two kinds meet.
enum class Kind : uint64_t {
  kName = 1,
  kPrefix,
  kSuffix,
  kRootHash,
  kFileDigest,
  kSigner,
};

// Grows byte by byte (FNV-1a), for every prefix of a name in one pass.
class RollingHash {
 public:
  void Add(char c) {
    value_ = (value_ ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xcbf29ce484222325u;
};

// Every bit of the result depends on every bit of both.
uint64_t KeyOf(Kind kind, uint64_t hash) {
  uint64_t key = hash + static_cast<uint64_t>(kind) * 0x9e3779b97f4a7c15u;
  key = (key ^ key >> 33) * 0xff51afd7ed558ccdu;
  key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53u;
  return key ^ key >> 33;
}

uint64_t KeyOfText(Kind kind, absl::string_view text) {
  RollingHash hash;
  for (char c : text) hash.Add(c);
  return KeyOf(kind, hash.value());
}

uint64_t KeyOfReversed(Kind kind, absl::string_view text) {
  RollingHash hash;
  for (size_t i = text.size(); i > 0; --i) hash.Add(text[i - 1]);
  return KeyOf(kind, hash.value());
}

// Of a digest, whose first 16 hex digits are as good as any.
template <typename Digest>
uint64_t KeyOfDigest(Kind kind, const Digest& digest) {
  uint64_t words[2];
  static_assert(sizeof(words) == 16);
  std::memcpy(words, digest.hex().data(), sizeof(words));
  return KeyOf(kind, words[0] ^ words[1] * 0x9e3779b97f4a7c15u);
}

// What a glob is filed under: the longer of what it begins and ends with.
absl::string_view FixedText(const Glob& glob) {
  const absl::string_view prefix = glob.LiteralPrefix();
  const absl::string_view suffix = glob.LiteralSuffix();
  return suffix.size() > prefix.size() ? suffix : prefix;
}

// Whether names can be told apart by the pattern's fixed text or by RE2.
bool IsTelling(const NamePattern& pattern) {
  if (pattern.expression().has_value()) return true;
  return pattern.glob() != nullptr && !FixedText(*pattern.glob()).empty();
}

template <typename Words>
void SetBit(size_t bit, Words& words) {
  words[bit / kBitsOfAWord] |= uint64_t{1} << bit % kBitsOfAWord;
}

// Where in a filter of `words` words (a power of two) the key has its bit.
size_t FilterBit(uint64_t key, size_t words) {
  return key >> 32 & (words * kBitsOfAWord - 1);
}

size_t PowerOfTwoAtLeast(size_t n) {
  size_t power = 1;
  while (power < n) power *= 2;
  return power;
}

}  // namespace

// Files rules one by one, then lays out the tables.
class RuleIndex::Builder {
 public:
  explicit Builder(RuleIndex& index) : index_(index) {}

  void File(uint32_t number, const CompiledRule& rule) {
    const bool denies = rule.verdict == RuleVerdict::kDeny;
    posting_ = number * 2 + (denies ? 1 : 0);
    index_.denies_ += denies ? 1 : 0;
    // A digest beside a name selects nothing in an allow rule.
    if (denies || rule.names.empty()) {
      if (FileDigests(Kind::kRootHash, rule.root_hashes)) return;
      if (FileDigests(Kind::kFileDigest, rule.sha256)) return;
    }
    if (!rule.names.empty() && absl::c_all_of(rule.names, IsTelling)) {
      for (const NamePattern& pattern : rule.names) FileName(pattern);
      return;
    }
    // Who is in a trust set is not known here.
    if (rule.signer_sets.empty() && FileDigests(Kind::kSigner, rule.signers)) {
      return;
    }
    index_.everybody_.push_back(posting_);
  }

  void Finish() {
    std::sort(filed_.begin(), filed_.end());
    filed_.erase(std::unique(filed_.begin(), filed_.end()), filed_.end());
    LayOut();
    if (texts_.empty()) return;
    absl::StatusOr<ExpressionSet> all = ExpressionSet::Parse(
        texts_, kBytesOfAll +
                    kBytesOfAnExpression * static_cast<int64_t>(texts_.size()));
    if (all.ok()) index_.expressions_ = *std::move(all);
  }

 private:
  // False when there are none.
  template <typename Digest>
  bool FileDigests(Kind kind, const std::vector<Digest>& digests) {
    for (const Digest& digest : digests) {
      filed_.emplace_back(KeyOfDigest(kind, digest), posting_);
    }
    return !digests.empty();
  }

  void FileName(const NamePattern& pattern) {
    if (const auto expression = pattern.expression()) {
      FileExpression(*expression);
      return;
    }
    const Glob& glob = *pattern.glob();
    if (glob.IsLiteral()) {
      filed_.emplace_back(KeyOfText(Kind::kName, glob.text()), posting_);
      return;
    }
    const absl::string_view fixed = FixedText(glob);
    if (fixed.data() == glob.LiteralPrefix().data()) {
      FilePrefix(fixed, posting_);
      return;
    }
    const size_t bytes = std::min(fixed.size(), kMostBytes);
    index_.suffix_lengths_ |= uint64_t{1} << bytes;
    filed_.emplace_back(
        KeyOfReversed(Kind::kSuffix, fixed.substr(fixed.size() - bytes)),
        posting_);
  }

  void FileExpression(absl::string_view expression) {
    texts_.push_back(expression);
    index_.expression_rules_.push_back(posting_);
    const absl::string_view beginning = FixedBeginning(expression);
    if (beginning.empty()) {
      index_.always_ask_expressions_ = true;
    } else {
      FilePrefix(beginning, kAskExpressions);
    }
  }

  void FilePrefix(absl::string_view prefix, Posting posting) {
    prefix = prefix.substr(0, kMostBytes);
    index_.prefix_lengths_ |= uint64_t{1} << prefix.size();
    filed_.emplace_back(KeyOfText(Kind::kPrefix, prefix), posting);
  }

  // `filed_`, sorted, into slots and postings.
  void LayOut() {
    if (filed_.empty()) return;
    size_t keys = 0;
    for (size_t i = 0; i < filed_.size(); ++i) {
      keys += i == 0 || filed_[i].first != filed_[i - 1].first;
    }
    index_.slots_.resize(PowerOfTwoAtLeast(2 * keys));
    index_.filter_.resize(
        PowerOfTwoAtLeast(keys * kFilterBitsOfAKey / kBitsOfAWord + 1));
    for (size_t i = 0; i < filed_.size(); i += Place(i)) {
    }
  }

  // Places the postings of one key, from `i` on; how many they are.
  size_t Place(size_t i) {
    Slot slot;
    slot.key = filed_[i].first;
    while (i + slot.count < filed_.size() &&
           filed_[i + slot.count].first == slot.key) {
      ++slot.count;
    }
    if (slot.count == 1) {
      slot.first = filed_[i].second;
    } else {
      slot.first = static_cast<uint32_t>(index_.postings_.size());
      for (size_t j = i; j < i + slot.count; ++j) {
        index_.postings_.push_back(filed_[j].second);
      }
    }
    const size_t mask = index_.slots_.size() - 1;
    size_t at = slot.key & mask;
    while (index_.slots_[at].count != 0) at = (at + 1) & mask;
    index_.slots_[at] = slot;
    SetBit(FilterBit(slot.key, index_.filter_.size()), index_.filter_);
    return slot.count;
  }

  RuleIndex& index_;
  Posting posting_ = 0;  // of the rule being filed
  std::vector<std::pair<uint64_t, Posting>> filed_;
  // Of index_.expression_rules_; part of the rules' patterns.
  std::vector<absl::string_view> texts_;
};

// One look-up.
class RuleIndex::Search {
 public:
  explicit Search(const RuleIndex& index) : index_(index) {}

  RuleCandidates Run(const Subject& subject) {
    Add(index_.everybody_);
    if (!index_.slots_.empty() || index_.always_ask_expressions_) {
      Name(subject.inside_name);
      if (subject.outside_name != subject.inside_name) {
        Name(subject.outside_name);
      }
    }
    if (!index_.slots_.empty()) Digests(subject);
    Sort(found_.deny);
    Sort(found_.allow);
    return std::move(found_);
  }

 private:
  void Digests(const Subject& subject) {
    if (subject.root_hash != nullptr) {
      Look(KeyOfDigest(Kind::kRootHash, *subject.root_hash));
    }
    if (subject.sha256 != nullptr) {
      Look(KeyOfDigest(Kind::kFileDigest, *subject.sha256));
    }
    for (const Signer& signer : subject.signers) {
      if (signer.sha256.has_value()) {
        Look(KeyOfDigest(Kind::kSigner, *signer.sha256));
      }
    }
  }

  void Name(absl::string_view name) {
    ask_expressions_ = index_.always_ask_expressions_;
    if (!index_.slots_.empty()) {
      Beginnings(name);
      if (index_.suffix_lengths_ != 0) Endings(name);
    }
    if (ask_expressions_) Expressions(name);
  }

  // Every filed beginning of the name, and all of it.
  void Beginnings(absl::string_view name) {
    RollingHash hash;
    for (size_t i = 0; i < name.size(); ++i) {
      hash.Add(name[i]);
      if (i < kMostBytes && (index_.prefix_lengths_ >> (i + 1) & 1) != 0) {
        Look(KeyOf(Kind::kPrefix, hash.value()));
      }
    }
    Look(KeyOf(Kind::kName, hash.value()));
  }

  void Endings(absl::string_view name) {
    RollingHash hash;
    const size_t most = std::min(name.size(), kMostBytes);
    for (size_t i = 1; i <= most && index_.suffix_lengths_ >> i != 0; ++i) {
      hash.Add(name[name.size() - i]);
      if ((index_.suffix_lengths_ >> i & 1) != 0) {
        Look(KeyOf(Kind::kSuffix, hash.value()));
      }
    }
  }

  // Where the library fails, each rule's own pattern says what is known.
  void Expressions(absl::string_view name) {
    const PatternMatch any = index_.expressions_.has_value()
                                 ? index_.expressions_->Any(name)
                                 : PatternMatch::kUnknown;
    if (any == PatternMatch::kNo) return;
    std::optional<std::vector<int>> which;
    if (any == PatternMatch::kYes) which = index_.expressions_->Matching(name);
    if (!which.has_value()) {
      Add(index_.expression_rules_);
      return;
    }
    for (int number : *which) Add(index_.expression_rules_[number]);
  }

  void Look(uint64_t key) {
    const size_t bit = FilterBit(key, index_.filter_.size());
    const uint64_t word = index_.filter_[bit / kBitsOfAWord];
    if ((word >> bit % kBitsOfAWord & 1) == 0) return;
    const size_t mask = index_.slots_.size() - 1;
    for (size_t at = key & mask; index_.slots_[at].count != 0;
         at = (at + 1) & mask) {
      const Slot& slot = index_.slots_[at];
      if (slot.key != key) continue;
      if (slot.count == 1) {
        Add(slot.first);
      } else {
        Add(absl::MakeConstSpan(index_.postings_)
                .subspan(slot.first, slot.count));
      }
      return;
    }
  }

  void Add(absl::Span<const Posting> postings) {
    for (Posting posting : postings) Add(posting);
  }
  void Add(Posting posting) {
    if (posting == kAskExpressions) {
      ask_expressions_ = true;
      return;
    }
    (posting % 2 != 0 ? found_.deny : found_.allow).push_back(posting / 2);
  }

  static void Sort(RuleNumbers& numbers) {
    if (numbers.size() < 2) return;
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  }

  const RuleIndex& index_;
  bool ask_expressions_ = false;  // of the name looked up last
  RuleCandidates found_;
};

RuleIndex::RuleIndex(const std::vector<CompiledRule>& rules)
    : size_(rules.size()) {
  Builder builder(*this);
  for (size_t i = 0; i < rules.size(); ++i) {
    builder.File(static_cast<uint32_t>(i), rules[i]);
  }
  builder.Finish();
}

RuleCandidates RuleIndex::Find(const Subject& subject) const {
  return Search(*this).Run(subject);
}

}  // namespace extgate
