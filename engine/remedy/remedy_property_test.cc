// Properties of remedies over random policies, floors and images, from
// alphabets so small that all of it meets.
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/looks.h"
#include "engine/pipeline.h"
#include "engine/remedy/remedies.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/pipeline_fixture.h"
#include "gtest/gtest.h"
#include "policy/policy_printer.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

// The facts of images that were built and looked at.
const std::vector<ImageFacts>& RealFacts() {
  static const auto& all = *[] {
    auto* facts = new std::vector<ImageFacts>();
    FakeHost host;
    for (const TestSigner* signer :
         {&Vendor(), &Stranger(), static_cast<const TestSigner*>(nullptr)}) {
      for (Designator data : {Designator::kRoot, Designator::kUsr}) {
        host.Offer("/src/x.raw", ImageOf("x", signer, data));
        Looks looks({host.candidates.back()}, host, host);
        facts->push_back(looks.Next(Depth::kEveryBlock));
      }
    }
    host.Offer("/src/x.raw", Text(ErofsOf("x")));
    Looks looks({host.candidates.back()}, host, host);
    facts->push_back(looks.Next(Depth::kEveryBlock));
    return facts;
  }();
  return all;
}

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  bool OneIn(uint32_t n) { return random_() % n == 0; }

  template <typename T>
  T Pick(const std::vector<T>& from) {
    return from[random_() % from.size()];
  }

  ImageFacts Facts() {
    ImageFacts facts = Pick(RealFacts());
    ExtensionRelease& release = *facts.release.value();
    if (OneIn(6)) facts.forbidden_paths = {"usr/lib/extgate"};
    if (OneIn(8)) facts.has_os_release = true;
    if (OneIn(6)) release.fields["ID"] = "haiku";
    if (OneIn(8)) release.fields["SYSEXT_SCOPE"] = "initrd";
    if (OneIn(12)) facts.data_check.first_bad_offset = 4096;
    if (OneIn(12)) facts.layout.value()->architecture = Architecture::kArm64;
    if (OneIn(8)) facts.layout.value()->other_designators = {"swap"};
    if (OneIn(8)) {
      facts.name = "y";
      release.by_fallback = release.lax = true;
    }
    return facts;
  }

  FakeHost Host(const ImageFacts& facts) {
    FakeHost host = HostWith("");
    host.facts.entry = Pick<std::string>({"active", "active", "passive", ""});
    host.policy_texts[0].text = PolicyTrustingVendor(Keys(facts));
    if (OneIn(2)) {
      std::string text = absl::StrCat("extension_policy:\n", Rules(facts, "l"));
      if (text == "extension_policy:\n") text = "extension_policy: {}\n";
      host.AddPolicy(text, Authority::kLocal);
    }
    return host;
  }

 private:
  std::string Print(const TestSigner& signer) {
    return absl::StrCat("\"sha256:", signer.certificate().sha256.hex(), "\"");
  }

  std::string Keys(const ImageFacts& facts) {
    std::string keys;
    if (OneIn(3)) absl::StrAppend(&keys, "  mode_floor: permissive\n");
    if (OneIn(4)) absl::StrAppend(&keys, "  default: deny\n");
    if (OneIn(3)) {
      absl::StrAppend(
          &keys, "  image_policy: \"",
          Pick<std::string>({"root=verity+signed+absent", "root=signed",
                             "usr=signed+absent:root=absent",
                             "root=unprotected+absent"}),
          "\"\n");
    }
    if (OneIn(5)) {
      absl::StrAppend(
          &keys, "  entries:\n    - match: ", Pick<std::string>({"x", "y"}),
          "\n      entries: [passive]\n");
    }
    return absl::StrCat(keys, Rules(facts, "v"));
  }

  std::string Rules(const ImageFacts& facts, const std::string& id) {
    std::string rules;
    while (!OneIn(2)) {
      std::vector<std::string> match;
      if (OneIn(2)) {
        match.push_back(absl::StrCat(
            "name: [", Pick<std::string>({"x", "y", "\"*\"", "z, x"}), "]"));
      }
      if (OneIn(5)) match.push_back(absl::StrCat("root_hash: [", Hash(facts)));
      if (OneIn(3)) {
        match.push_back(absl::StrCat(
            "signer: [", Print(OneIn(2) ? Vendor() : Stranger()), "]"));
      }
      if (match.empty()) match.push_back("class: [sysext, confext]");
      absl::StrAppend(&rules, "    - id: ", id, rules.size(),
                      "\n      match: {", match[0]);
      for (size_t i = 1; i < match.size(); ++i) {
        absl::StrAppend(&rules, ", ", match[i]);
      }
      absl::StrAppend(&rules, "}\n      verdict: ", OneIn(2) ? "deny" : "allow",
                      "\n");
    }
    return rules.empty() ? "" : absl::StrCat("  rules:\n", rules);
  }

  std::string Hash(const ImageFacts& facts) {
    const VerityTree* tree = facts.verity.value();
    return tree != nullptr && OneIn(2)
               ? absl::StrCat("\"", tree->root_hash->hex(), "\"]")
               : absl::StrCat("\"", std::string(64, 'b'), "\"]");
  }

  std::mt19937 random_;
};

// Makes the changes of policy by hand: rules where they stand, new text last of
// its authority.
void Write(const Offer& offer, FakeHost& host) {
  for (const Edit& edit : offer.edits) {
    if (!edit.rule.has_value()) continue;
    for (PolicyText& text : host.policy_texts) {
      if (text.path != edit.rule->span.path) continue;
      Policy policy = *ReadPolicyText(text.text, text.path, text.kind).value;
      std::vector<Rule> rules;
      for (const Rule& rule : policy.rules) {
        if (rule.id.value != edit.rule->id) {
          rules.push_back(rule);
        } else if (edit.rule->rule.has_value()) {
          rules.push_back(*edit.rule->rule);
        }
      }
      policy.rules = rules;
      text.text = CanonicalText(policy);
    }
  }
  if (offer.added.text.empty()) return;
  auto place = host.policy_texts.begin();
  while (place != host.policy_texts.end() &&
         place->authority <= offer.added.authority) {
    ++place;
  }
  host.policy_texts.insert(place, {offer.added.path, offer.added.authority,
                                   SourceKind::kPolicyFile, offer.added.text});
}

// Whether `offer`, made on `host`, turns the verdict of `subject`.
bool Turns(const Offer& offer, const RemedyCase& subject, FakeHost host) {
  Write(offer, host);
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_FALSE(loaded.invalid);
  const DecisionContext context{loaded.policy, loaded.trust, host.facts};
  const SeenImage now{subject.facts, StandingOf(subject.facts, loaded.trust)};
  for (const Reason& reason :
       DecideFacts(now.facts, now.standing, context).reasons) {
    // What a rule denies as it is stays denied, whatever becomes of it.
    if (reason.code == ReasonCode::kDeniedByRule) return false;
  }
  const SeenImage then = ApplyToImage(offer.edits, now, host.facts);
  return DecideFacts(then.facts, then.standing, context).verdict ==
         Verdict::kAllow;
}

struct Counts {
  int offers = 0;
  int of_several = 0;
  int of_the_vendor = 0;
  int of_policy = 0;
  int without = 0;
};

void Examine(const RemedyCase& subject, const Remedies& remedies,
             const FakeHost& host, Counts& counts) {
  size_t size = 0;
  for (const Offer& offer : remedies.offers) {
    ++counts.offers;
    counts.of_several += offer.edits.size() > 1;
    counts.of_policy += !offer.added.text.empty();
    counts.of_the_vendor +=
        !offer.added.text.empty() && offer.added.authority != Authority::kLocal;
    EXPECT_GE(offer.edits.size(), size) << "the smallest comes first";
    size = offer.edits.size();
    EXPECT_TRUE(Turns(offer, subject, host)) << offer.added.text;
    const size_t sets = size_t{1} << offer.edits.size();
    for (size_t set = 1; set + 1 < sets; ++set) {
      std::vector<Edit> part;
      for (size_t i = 0; i < offer.edits.size(); ++i) {
        if ((set >> i) % 2 == 1) part.push_back(offer.edits[i]);
      }
      EXPECT_FALSE(
          Turns(MakeOffer(subject, part, offer.added.authority), subject, host))
          << "a part suffices: " << part[0].what;
    }
  }
  if (subject.decision.verdict <= Verdict::kAllow) {
    EXPECT_TRUE(remedies.offers.empty() && remedies.advice.empty());
  } else if (remedies.offers.empty()) {
    ++counts.without;
    EXPECT_FALSE(remedies.advice.empty());
  }
}

TEST(RemedyPropertyTest, EveryOfferTurnsTheVerdictAndNoPartOfItDoes) {
  constexpr int kRounds = 120;
  Generator generator(7);
  Counts counts;
  for (int round = 0; round < kRounds && !testing::Test::HasFailure();
       ++round) {
    const ImageFacts facts = generator.Facts();
    FakeHost host = generator.Host(facts);
    PolicyTrial trial(host.ports());
    const LoadedPolicy& loaded = trial.Load();
    ASSERT_FALSE(loaded.invalid) << host.policy_texts[0].text;
    const SignatureStanding standing = StandingOf(facts, loaded.trust);
    const RemedyCase subject{
        "/src/x.raw",
        facts,
        standing,
        DecideFacts(facts, standing, {loaded.policy, loaded.trust, host.facts}),
        host.facts,
        loaded,
        trial.sources(),
        {{Stranger().certificate().sha256, Stranger().certificate().pem}}};
    SCOPED_TRACE(absl::StrCat("round ", round, "\n", Dump(loaded.policy)));
    Examine(subject, FindRemedies(subject, trial, host), host, counts);
  }
  // The draw is worth something only where everything happens.
  EXPECT_GT(counts.offers, kRounds);
  EXPECT_GT(counts.of_several, kRounds / 4);
  EXPECT_GT(counts.of_policy, kRounds / 4);
  EXPECT_GT(counts.of_the_vendor, kRounds / 20);
  EXPECT_GT(counts.without, kRounds / 20);
}

}  // namespace
}  // namespace extgate
