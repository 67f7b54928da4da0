// One way in: RandomPolicy.
#include "policy/random_policy.h"

#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/hex_bytes.h"
#include "policy/image_policy.h"

namespace extgate {
namespace {

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  Policy Next() {
    Policy policy;
    policy.version = 1 + static_cast<int>(Below(3));
    policy.critical = Many(3, [&] { return Text(); });
    policy.mode = Maybe<Mode>();
    policy.mode_floor = Maybe<Mode>();
    policy.on_violation = Maybe<OnViolation>();
    policy.unmergeable = Maybe<Unmergeable>();
    policy.image_policy = MaybeImagePolicy();
    policy.default_verdict = Maybe<RuleVerdict>();
    NextHandling(policy);
    policy.trust = NextTrust();
    for (size_t i = Below(3); i > 0; --i) {
      policy.entries.push_back({Pattern(), Many(3, [&] { return Text(); })});
      policy.entries.back().entries.push_back(Text());
    }
    for (size_t i = Below(4); i > 0; --i) {
      policy.rules.push_back(NextRule(absl::StrCat("rule ", i, " ")));
    }
    return policy;
  }

 private:
  size_t Below(size_t limit) { return random_() % limit; }

  template <typename Make>
  auto Many(size_t limit, const Make& make) -> std::vector<decltype(make())> {
    std::vector<decltype(make())> list;
    for (size_t i = Below(limit); i > 0; --i) list.push_back(make());
    return list;
  }

  template <typename E>
  E Any() {
    return Words<E>::kTable[Below(std::size(Words<E>::kTable))].first;
  }

  template <typename E>
  std::optional<Located<E>> Maybe() {
    if (Below(2) == 0) return std::nullopt;
    return Located<E>{Any<E>(), {}};
  }

  // One line; what YAML could trip over, often.
  LocatedText Text() {
    static const char* const kPieces[] = {"a",        "-",
                                          "- ",       "#",
                                          " #",       ": ",
                                          ":",        "\"",
                                          "'",        "\\",
                                          "[",        "]",
                                          "{",        "}",
                                          "&",        "*",
                                          "!",        "|",
                                          ">",        "%",
                                          "@",        "`",
                                          "~",        "é",
                                          "日",       "null",
                                          "1",        "?",
                                          "<<",       "\\n",
                                          "\\x",      ",",
                                          "=",        "\xF0\x9F\x94\x91",
                                          "yes",      "---",
                                          "...",      "k3sv1.29.*",
                                          "\xC2\x85", "\xEF\xBF\xBE"};
    std::string text;
    for (size_t i = 1 + Below(6); i > 0; --i) {
      text += kPieces[Below(std::size(kPieces))];
    }
    return {text, {}};
  }

  // One line that is a glob: the same without brackets but those of sets.
  LocatedText Pattern() {
    LocatedText text = Text();
    for (char& c : text.value) {
      if (c == '[') c = '*';
    }
    if (Below(4) == 0) {
      static const char* const kSets[] = {"[k-m]", "[!k-m]", "[]a-]"};
      text.value += kSets[Below(std::size(kSets))];
    }
    return text;
  }

  std::string Prose() {
    std::string text;
    for (size_t i = Below(4); i > 0; --i) {
      static const char* const kEnds[] = {
          "\n", "\n\n", " ", "\t", "\x1B", "\x7F", "\xC2\x9B", "\r", ""};
      text += Text().value + kEnds[Below(std::size(kEnds))];
    }
    return text;
  }

  LocatedText Hex(size_t bytes, std::string prefix) {
    std::vector<uint8_t> raw;
    for (size_t i = 0; i < bytes; ++i) {
      raw.push_back(static_cast<uint8_t>(random_()));
    }
    return {absl::StrCat(prefix, bytes == 32 ? FileDigest::FromBytes(raw)->hex()
                                             : RootHash::FromBytes(raw)->hex()),
            {}};
  }

  std::optional<Located<ImagePolicy>> MaybeImagePolicy() {
    static const char* const kTexts[] = {
        "*", "-", "root=signed+absent:usr=signed+absent", "usr=verity",
        "root=verity+signed+absent:usr=absent:=ignore"};
    if (Below(2) == 0) return std::nullopt;
    const auto policy = ImagePolicy::Parse(kTexts[Below(std::size(kTexts))]);
    if (!policy.ok()) return std::nullopt;
    return Located<ImagePolicy>{*policy, {}};
  }

  LocatedText Certificate() {
    return {absl::StrCat(Below(2) == 0 ? "" : Prose(),
                         "-----BEGIN CERTIFICATE-----\nAAAA\n"
                         "-----END CERTIFICATE-----",
                         Below(2) == 0 ? "\n" : Prose()),
            {}};
  }

  LocatedText File() { return {absl::StrCat("/etc/", Text().value), {}}; }

  LocatedText SetName() {
    static const char* const kNames[] = {"acme", "y",      "null",
                                         "true", "n.o-p_", "g1"};
    return {kNames[Below(std::size(kNames))], {}};
  }

  Trust NextTrust() {
    Trust trust;
    if (Below(2) == 0) {
      trust.efi = Located<std::vector<EfiList>>{
          Many(4, [&] { return Any<EfiList>(); }), {}};
    }
    trust.verity_d = Maybe<VerityD>();
    trust.certificates = Many(3, [&] { return Certificate(); });
    trust.files = Many(3, [&] { return File(); });
    for (size_t i = Below(3); i > 0; --i) {
      TrustSet& set = trust.sets[SetName().value];
      set.certificates = Many(3, [&] { return Certificate(); });
      set.files = Many(3, [&] { return File(); });
      set.files.push_back(File());
    }
    trust.require_unexpired = Maybe<bool>();
    trust.revoked = Many(3, [&] { return Hex(32, "sha256:"); });
    return trust;
  }

  // An absolute path of one or two parts.
  LocatedText Directory() {
    LocatedText text = Pattern();
    for (char& c : text.value) {
      if (c == '*' || c == '?' || c == ':' || c == '.' || c == '[') c = '-';
    }
    return {absl::StrCat("/var/", text.value), {}};
  }

  void NextHandling(Policy& policy) {
    const auto texts = [](const std::vector<LocatedText>& from) {
      std::vector<std::string> values;
      for (const LocatedText& text : from) values.push_back(text.value);
      return values;
    };
    policy.staging = Maybe<Staging>();
    policy.sources = Many(3, [&] { return Directory(); });
    if (Below(2) == 0) {
      static const char* const kSpans[] = {"90", "1500ms", "2min"};
      policy.merge.timeout = {
          *TimeSpan::Parse(kSpans[Below(std::size(kSpans))]), {}};
    }
    if (Below(2) == 0) {
      policy.merge.hierarchies = {texts(Many(3, [&] { return Directory(); })),
                                  {}};
      policy.merge.hierarchies->value.push_back("/usr");
    }
    if (Below(2) == 0) {
      policy.fail_boot.entries = {texts(Many(3, [&] { return Text(); })), {}};
    }
    policy.fail_boot.when = Maybe<FailWhen>();
    policy.fail_boot.fallback = Maybe<FailFallback>();
    if (Below(2) == 0) {
      MeasureTarget target;
      if (Below(2) == 0) {
        target.pcr = static_cast<int>(Below(16));
      } else {
        target.nvpcr = "acme-1_x";
      }
      policy.measure = {target, {}};
    }
  }

  RuleContent NextContent() {
    RuleContent content;
    content.deny = Many(3, [&] {
      LocatedText text = Pattern();
      for (char& c : text.value) {
        if (c == '/' || c == '.' || c == '*') c = '?';
      }
      return LocatedText{absl::StrCat("/", text.value, Below(2) ? "/**" : ""),
                         {}};
    });
    for (size_t i = Below(4); i > 0; --i) {
      content.actions[Any<ContentKind>()] = {Any<ContentAction>(), {}};
    }
    return content;
  }

  Rule NextRule(const std::string& prefix) {
    Rule rule;
    rule.id = {prefix + Text().value, {}};
    RuleMatch& match = rule.match;
    match.names = Many(3, [&] { return Pattern(); });
    match.names.push_back(Pattern());
    if (Below(4) == 0) {
      static const char* const kRanges[] = {">=1.29, <1.31", "!=2", " > 1~a "};
      match.names = {{"k3sv*", {}}};
      match.version = {kRanges[Below(std::size(kRanges))], {}};
    }
    match.root_hashes = Many(3, [&] { return Hex(16 + Below(49), ""); });
    match.sha256 = Many(2, [&] { return Hex(32, ""); });
    match.signers = Many(3, [&] { return Hex(32, "sha256:"); });
    match.signer_sets = Many(3, [&] { return SetName(); });
    match.classes = Many(3, [&] {
      return Located<ImageClass>{Any<ImageClass>(), {}};
    });
    match.architectures = Many(3, [&] {
      return Located<Architecture>{Any<Architecture>(), {}};
    });
    match.entries = Many(3, [&] { return Text(); });
    rule.verdict = {Any<RuleVerdict>(), {}};
    rule.image_policy = MaybeImagePolicy();
    if (rule.verdict.value == RuleVerdict::kAllow) rule.content = NextContent();
    if (rule.verdict.value == RuleVerdict::kAllow) {
      rule.required = Maybe<bool>();
    }
    rule.mode = Maybe<RuleMode>();
    if (rule.mode.has_value() && Below(2) == 0) {
      static const char* const kTimes[] = {"2027-01-31", "1970-01-01T00:00:01Z",
                                           "9999-12-31T23:59:59Z"};
      rule.until = {*UtcTime::Parse(kTimes[Below(std::size(kTimes))]), {}};
    }
    rule.reason = Prose();
    return rule;
  }

  std::mt19937 random_;
};

}  // namespace

Policy RandomPolicy(uint32_t seed) { return Generator(seed).Next(); }

}  // namespace extgate
