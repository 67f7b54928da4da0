// Properties of decisions over random policies, images, signatures and hosts,
// from alphabets so small that rules and images meet often.
#include <algorithm>
#include <initializer_list>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "policy/decision.h"
#include "policy/decision_fixture.h"
#include "policy/reference_evaluator.h"

namespace extgate {
namespace {

struct World {
  ImageFacts image;
  SignatureStanding standing;
  HostFacts host;
  Policy policy;
  Evidence<HostOverlap> overlap;
};

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  // True once in `n` times.
  bool OneIn(uint32_t n) { return random_() % n == 0; }

  template <typename T>
  T Pick(std::initializer_list<T> from) {
    return from.begin()[random_() % from.size()];
  }

  // The same for texts, of which only the one is made.
  std::string Word(std::initializer_list<const char*> from) {
    return Pick<const char*>(from);
  }

  World Draw() {
    World world;
    world.image = Image();
    world.standing = Standing(world.image);
    world.host = Host();
    world.policy = DrawPolicy();
    if (!OneIn(4)) world.image.tree = Tree();
    if (!OneIn(4)) world.overlap = Overlap();
    return world;
  }

  Rule DrawRule(const std::string& id, RuleVerdict verdict) {
    Rule rule = RuleNamed(id, verdict);
    if (OneIn(3)) rule.mode = {RuleMode::kPermissive, {}};
    if (rule.mode.has_value() && OneIn(2)) {
      rule.until = {UtcTime::FromSeconds(Pick<int>({0, 1})), {}};
    }
    RuleMatch& match = rule.match;
    const auto hash = [this] { return Text(HexOf(Pick<char>({'a', 'b'}))); };
    while (match == RuleMatch{}) {
      if (OneIn(2)) match.names = {Text(Pattern())};
      if (OneIn(6)) match.names.push_back(Text(Pattern()));
      if (OneIn(4)) {
        match.names = {Text(OneStar())};
        if (OneIn(3)) match.names.push_back(Text(OneStar()));
        match.version = Text(Versions());
      }
      if (OneIn(6)) match.root_hashes = {hash()};
      if (OneIn(8)) match.sha256 = {hash()};
      if (OneIn(3)) match.signers = {Text(Signers())};
      if (OneIn(12)) match.signer_sets = {Text(SetName())};
      if (OneIn(6)) match.signers.push_back(Text(Signers()));
      if (!match.signers.empty() && OneIn(4)) {
        match.signer_sets.push_back(Text(SetName()));
      }
      if (OneIn(6)) match.classes = {{Class(), {}}};
      if (OneIn(6)) {
        match.architectures = {
            {Pick<Architecture>({Architecture::kX8664, Architecture::kArm64}),
             {}}};
      }
      if (OneIn(6)) match.entries = {Text(Entry())};
    }
    if (OneIn(3)) rule.image_policy = {DrawImagePolicy(), {}};
    if (OneIn(2)) rule.content = DrawContent();
    return rule;
  }

  RuleContent DrawContent() {
    RuleContent content;
    while (OneIn(3)) {
      content.deny.push_back(Text(
          Word({"/usr/lib/**", "/usr/**/a", "/opt/b", "/**/b", "/usr/*",
                "/etc/**", "/usr/*/b", "/usr/lib/a", "/*/[!a]", "/opt/**"})));
    }
    while (OneIn(2)) {
      content.actions[Pick<ContentKind>(
          {ContentKind::kSetuid, ContentKind::kCapabilities,
           ContentKind::kDevices, ContentKind::kWhiteouts,
           ContentKind::kOutside, ContentKind::kTypeConflict,
           ContentKind::kShadow})] = {
          Pick<ContentAction>({ContentAction::kAllow, ContentAction::kWarn,
                               ContentAction::kDeny, ContentAction::kDeny}),
          {}};
    }
    return content;
  }

  Policy DrawPolicy() {
    Policy policy;
    if (OneIn(2)) policy.mode = {Pick<Mode>({Mode::kEnforcing}), {}};
    if (OneIn(3)) policy.default_verdict = {RuleVerdict::kDeny, {}};
    if (OneIn(2)) policy.image_policy = {DrawImagePolicy(), {}};
    if (!OneIn(3)) policy.trust.sets["acme"];
    if (!OneIn(3)) policy.trust.sets["other"];
    if (OneIn(6)) policy.trust.require_unexpired = {true, {}};
    for (uint32_t n = random_() % 6; n > 0; --n) {
      policy.rules.push_back(
          DrawRule("r" + std::to_string(n),
                   OneIn(5) ? RuleVerdict::kDeny : RuleVerdict::kAllow));
    }
    while (OneIn(8)) {
      policy.entries.push_back(
          {Text(Pattern()), {Text(Entry()), Text(Entry())}});
    }
    return policy;
  }

 private:
  ImageClass Class() {
    return Pick<ImageClass>({ImageClass::kSysext, ImageClass::kConfext});
  }
  std::string Entry() { return Word({"active", "passive", "common", ""}); }
  std::string Signers() {
    return Word({"sha256:", ""}) + HexOf(Pick<char>({'c', 'd'}));
  }
  std::string SetName() { return Word({"acme", "acme", "other"}); }
  std::string Pattern() {
    return Word({"a", "b", "*", "a*", "?", "[ab]", "[!a]*", "a_*", "*_?", "*b",
                 "re:a.*", "re:a|b_?", "re:[ab].?[0-9]+"});
  }
  std::string OneStar() {
    return Word({"a*", "a*", "*", "[!b]*", "a_*", "*b", "a*1"});
  }
  std::string Versions() {
    return Word({">=1", "<2", "!=1", ">=1, <10", ">1,<=10", "=1", "=b",
                 ">=b, !=1", "<1~rc1"});
  }
  ImagePolicy DrawImagePolicy() {
    const std::string text =
        Word({kStrictImagePolicy,
              "*",
              "~",
              "-",
              "root=verity+signed+absent",
              "root=verity+absent:usr=verity+absent",
              "root=signed",
              "root=verity+signed",
              "root=unprotected+absent",
              "root=unprotected+verity+signed+absent:usr=unprotected+absent",
              "root=signed+absent:swap=absent",
              "root=signed+absent+read-only-on",
              "root=signed+unused+absent",
              "root=verity:root-verity-sig=open",
              "root=verity:=open",
              "root=signed:root-verity-sig=unused+absent",
              "root=signed+absent:root-verity=absent",
              "root=encrypted+absent",
              "root=signed+encrypted:usr=open",
              "usr=signed+absent:=absent",
              "swap=unprotected+absent:root=verity+signed+absent",
              "home=unprotected",
              "root=unprotected:root-verity-sig=unprotected",
              "root=open+growfs-off:=open"});
    const auto [policy, is_new] = parsed_.try_emplace(text);
    if (is_new) policy->second = Parsed(text);
    return policy->second;
  }
  std::map<std::string, std::string> Release(const std::string& prefix) {
    std::map<std::string, std::string> fields;
    fields["ID"] = Word({"_any", "_any", "_any", "debian", "arch"});
    if (OneIn(2)) fields["VERSION_ID"] = Word({"13", "12", ""});
    if (OneIn(4)) fields[prefix + "LEVEL"] = Word({"1", "2"});
    if (OneIn(8)) {
      fields[prefix + "SCOPE"] =
          Word({"system", "initrd", "portable", "initrd system", ""});
    }
    if (OneIn(6)) {
      fields["ARCHITECTURE"] = Word({"x86-64", "arm64", "_any", "", "vax"});
    }
    if (OneIn(40)) fields.clear();
    return fields;
  }

  std::string Path() {
    return Word({"usr", "usr/a", "usr/lib", "usr/lib/a", "usr/lib/b", "usr/b",
                 "usr/a/b", "opt", "opt/b", "opt/a", "etc/a", "etc", "a"});
  }
  TreeFile FileOfTree() {
    TreeFile file;
    file.path = Path();
    file.type = Pick<FileType>({FileType::kRegular, FileType::kDirectory,
                                FileType::kDirectory, FileType::kSymlink});
    if (OneIn(10)) {
      file.type = Pick<FileType>({FileType::kCharDevice, FileType::kBlockDevice,
                                  FileType::kFifo, FileType::kSocket});
      file.device_major = random_() % 2;
    }
    if (OneIn(8)) file.permissions = Pick<int>({04755, 02755, 01755, 0755});
    if (OneIn(10)) {
      file.attributes = {
          Word({"security.capability", "trusted.overlay.opaque"})};
    }
    if (file.type == FileType::kSymlink) {
      file.target = Word({"a", "b", "../a", "/usr/lib", "lib", "/etc/a",
                          "../lib/b", "..", "/", "/var/x", "a/../b"});
    }
    return file;
  }
  Evidence<TreeFacts> Tree() {
    if (OneIn(30)) return Malformed{"tree", "bad"};
    if (OneIn(30)) return Unsupported{"new"};
    TreeFacts tree;
    tree.truncated = OneIn(30);
    std::set<std::string> paths;
    while (!OneIn(4)) {
      TreeFile file = FileOfTree();
      if (paths.insert(file.path).second) tree.files.push_back(file);
    }
    return tree;
  }
  Evidence<HostOverlap> Overlap() {
    if (OneIn(20)) return Malformed{"host", "bad"};
    HostOverlap overlap;
    if (OneIn(3)) {
      overlap.conflicts = {{Path(), FileType::kDirectory, FileType::kSymlink}};
    }
    if (OneIn(3)) overlap.shadowed = {Path()};
    return overlap;
  }

  ImageFacts Image() {
    static const auto& kGood = *new ImageFacts(GoodImage());
    ImageFacts image = kGood;
    image.name =
        Word({"a", "b", "a_b", "a+b", "ab", "_b", "a1", "a2", "a10", "a_1"});
    image.image_class = OneIn(4) ? ImageClass::kConfext : ImageClass::kSysext;
    image.release = ExtensionRelease{
        OneIn(8) ? Word({"a", "b", "a1", ""}) : image.name, OneIn(2),
        Release(image.image_class == ImageClass::kSysext ? "SYSEXT_"
                                                         : "CONFEXT_"),
        !OneIn(16)};
    Shape(image);
    const char hash = Pick<char>({'a', 'b'});
    if (image.verity.value() != nullptr) SetRootHash(hash, image);
    if (OneIn(3)) image.sha256.reset();
    if (OneIn(3)) Spoil(image);
    return image;
  }

  // Which of its parts the image has.
  void Shape(ImageFacts& image) {
    if (OneIn(4)) image = WithoutSignature(image);
    if (OneIn(10)) {
      image = WithoutSignature(image);
      image.verity = Absent();
      image.layout.value()->verity.reset();
    }
    Layout& layout = *image.layout.value();
    if (OneIn(4)) layout.designator = Designator::kUsr;
    if (layout.designator == Designator::kUsr && OneIn(2)) {
      layout.root_below = RootBelow{};
      layout.root_below->attributes = uint64_t{random_() % 4} << 59;
    }
    if (OneIn(8)) layout.architecture = Architecture::kArm64;
    if (OneIn(8)) layout.architecture.reset();
    if (OneIn(8)) {
      layout.other_designators = {Word({"swap", "home", "esp"})};
    }
    if (OneIn(6)) layout.data_attributes = uint64_t{random_() % 4} << 59;
    for (Partition& partition : image.table.value()->partitions) {
      if (OneIn(6)) partition.attributes = uint64_t{random_() % 4} << 59;
      if (OneIn(60)) partition.range.size += 1;
    }
    if (OneIn(8)) {
      image = Bare(image);
    } else if (OneIn(20)) {
      image = Bare(image);
      image.container = Container::kDirectory;
      image.layout = Absent();
    }
  }

  void SetRootHash(char hash, ImageFacts& image) {
    image.verity.value()->root_hash = RootHashOf(hash);
    if (image.signature.value() != nullptr) {
      image.signature.value()->root_hash = RootHashOf(hash);
    }
    const std::string uuid = std::string(8, hash) + "-" + std::string(4, hash) +
                             "-" + std::string(4, hash) + "-" +
                             std::string(4, hash) + "-" + std::string(12, hash);
    image.layout.value()->data_uuid = image.layout.value()->verity_uuid = uuid;
  }

  template <typename T>
  void SpoilEvidence(Evidence<T>& evidence) {
    switch (random_() % 3) {
      case 0:
        evidence = Absent();
        break;
      case 1:
        evidence = Malformed{"there", "bad"};
        break;
      case 2:
        evidence = Unsupported{"new"};
        break;
    }
  }

  void Spoil(ImageFacts& image) {
    switch (random_() % 14) {
      case 0:
        image.unreadable = "input/output error";
        break;
      case 1:
        image.container = Container::kUnknown;
        break;
      case 2:
        if (image.table.value() != nullptr && OneIn(2)) {
          image.table.value()->sector_size = 4096;
        } else {
          SpoilEvidence(image.table);
        }
        break;
      case 3:
        SpoilEvidence(image.layout);
        break;
      case 4:
        SpoilEvidence(image.verity);
        break;
      case 5:
        SpoilEvidence(image.signature);
        break;
      case 6:
        SpoilEvidence(image.filesystem);
        break;
      case 7:
        SpoilEvidence(image.release);
        break;
      case 8:
        image.has_os_release = true;
        if (ExtensionRelease* release = image.release.value()) {
          release->by_fallback = true;
          release->lax = OneIn(2);
        }
        break;
      case 9:
        image.forbidden_paths = {"/etc/extgate"};
        break;
      case 10:
        image.data_check.first_bad_offset = 0;
        break;
      case 11:
        if (image.layout.value() != nullptr) {
          Layout& layout = *image.layout.value();
          (OneIn(2) ? layout.data_uuid : layout.verity_uuid) = "";
        }
        break;
      case 12:
        if (image.signature.value() != nullptr) {
          image.signature.value()->root_hash = RootHashOf('9');
        }
        break;
      case 13:
        Spoil(image);
        Spoil(image);
        break;
    }
  }

  SignatureStanding Standing(const ImageFacts& image) {
    SignatureStanding standing;
    if (image.signature.value() == nullptr && !OneIn(20)) return standing;
    if (OneIn(6))
      standing = StrangersStanding();
    else if (OneIn(10))
      standing.state = SignatureState::kInvalid;
    else if (!OneIn(30))
      standing = TrustedStanding();
    if (OneIn(4)) {
      standing.signers.push_back(TrustedStanding().signers[0]);
      standing.signers.back().sha256 = FingerprintOf('d');
    }
    for (Signer& signer : standing.signers) {
      if (OneIn(25)) signer.revoked = true;
      if (OneIn(25)) signer.sha256.reset();
      if (OneIn(3)) signer.sets.push_back(SetName());
      if (!OneIn(8)) signer.not_after = Day();
    }
    if (OneIn(50)) standing.signers.clear();
    return standing;
  }

  // Before, at and after one another.
  UtcTime Day() { return UtcTime::FromSeconds(Pick<int>({9, 10, 10, 11, 12})); }

  HostFacts Host() {
    HostFacts host = DebianHost();
    host.date = Day();
    host.systemd_version = Pick<int>({0, 252, 253, 254, 257, 258, 259, 262});
    host.entry = Word({"active", "active", "passive", ""});
    host.initrd = OneIn(8);
    if (OneIn(6)) host.os_release.erase("VERSION_ID");
    if (OneIn(3)) host.os_release["SYSEXT_LEVEL"] = "1";
    if (OneIn(3)) host.os_release["CONFEXT_LEVEL"] = "2";
    if (OneIn(3)) host.os_release["ID_LIKE"] = "arch other";
    if (OneIn(10)) host.architecture.reset();
    return host;
  }

  std::mt19937 random_;
  std::map<std::string, ImagePolicy> parsed_;
};

Decision Decide(const World& world) {
  return Evaluate(world.image, world.standing, world.host,
                  Compiled(world.policy), world.overlap);
}

std::string Shown(const World& world, const Decision& decision) {
  std::string text = Dump(Compiled(world.policy)) + "image " +
                     world.image.name + " systemd " +
                     std::to_string(world.host.systemd_version) + "\n" +
                     ToWord(decision.verdict) + " by " + decision.rule + "\n";
  for (const Reason& reason : decision.reasons) {
    text += std::string(ToWord(reason.code)) + ": " + reason.detail + "\n";
  }
  for (const TraceLine& line : decision.trace) {
    text += line.rule + ": " + line.text + "\n";
  }
  return text;
}

// Whether the content is one that an image can violate.
bool OneDenies(const RuleContent& content) {
  bool denies = !content.deny.empty();
  for (const auto& [kind, action] : content.actions) {
    denies |= action.value == ContentAction::kDeny;
  }
  return denies;
}

TEST(DecisionPropertyTest, CompiledAgreesWithReference) {
  constexpr int kRounds = 60000;
  Generator generator(1);
  std::map<Verdict, int> verdicts;
  std::map<ReasonCode, int> codes;
  int by_rule = 0;
  int by_content = 0;
  for (int i = 0; i < kRounds; ++i) {
    const World world = generator.Draw();
    const CompiledPolicy policy = Compiled(world.policy);
    const Decision decision =
        Explain(world.image, world.standing, world.host, policy, world.overlap);
    const ReferenceDecision want = ReferenceEvaluate(
        world.image, world.standing, world.host, world.policy, world.overlap);
    ReferenceDecision got{decision.verdict, decision.rule, {}};
    for (const Reason& reason : decision.reasons) {
      got.codes.insert(reason.code);
      ++codes[reason.code];
    }
    ++verdicts[decision.verdict];
    by_content += world.image.forbidden_paths.empty() &&
                  got.codes.contains(ReasonCode::kForbiddenContent);
    by_rule += !decision.rule.empty() && decision.rule != "default";
    std::string wanted = std::string(ToWord(want.verdict)) + " by " + want.rule;
    for (ReasonCode code : want.codes)
      wanted += std::string(" ") + ToWord(code);
    ASSERT_EQ(got, want) << "round " << i << "\n"
                         << Shown(world, decision) << "want " << wanted;
    ASSERT_EQ(decision.reasons.empty(), decision.verdict == Verdict::kAllow);
    Decision brief = decision;
    brief.trace.clear();
    ASSERT_EQ(Evaluate(world.image, world.standing, world.host, policy,
                       world.overlap),
              brief)
        << "round " << i;
  }
  // The draw is worth something only where everything happens.
  for (Verdict verdict : {Verdict::kAllow, Verdict::kNotApplicable,
                          Verdict::kDeny, Verdict::kUnmergeable}) {
    EXPECT_GT(verdicts[verdict], kRounds / 50) << ToWord(verdict);
  }
  EXPECT_GT(by_rule, kRounds / 4);
  EXPECT_GT(by_content, kRounds / 50);
  for (const auto& [code, word] : Words<ReasonCode>::kTable) {
    if (code != ReasonCode::kBypass && code != ReasonCode::kRequiredMissing) {
      EXPECT_GT(codes[code], 50) << word;
    }
  }
}

TEST(DecisionPropertyTest, PermissiveAndEnforcingDecideAlike) {
  Generator generator(2);
  for (int i = 0; i < 5000; ++i) {
    World world = generator.Draw();
    std::vector<Decision> decisions;
    for (const auto& [mode, word] : Words<Mode>::kTable) {
      world.policy.mode = {mode, {}};
      decisions.push_back(Decide(world));
    }
    ASSERT_EQ(decisions[0], decisions[1]);
    ASSERT_EQ(decisions[0], decisions[2]);
  }
}

bool Reports(const Policy& policy, const std::string& id, UtcTime date) {
  return std::any_of(
      policy.rules.begin(), policy.rules.end(), [&](const Rule& rule) {
        return rule.id.value == id && rule.mode.has_value() &&
               (!rule.until.has_value() || date < rule.until->value);
      });
}

// The rules that deny and only report are taken out, by the plain reading.
TEST(DecisionPropertyTest, WhatPermissiveRulesDenyIsDoneAsTheOthersSay) {
  Generator generator(9);
  int excused = 0;
  for (int i = 0; i < 20000; ++i) {
    const World world = generator.Draw();
    const Decision decision = Decide(world);
    World counting = world;
    for (Rule& rule : counting.policy.rules) rule.mode.reset();
    ASSERT_EQ(decision.verdict, Decide(counting).verdict);
    Policy policy = world.policy;
    ReferenceDecision want;
    const auto evaluate = [&] {
      want = ReferenceEvaluate(world.image, world.standing, world.host, policy,
                               world.overlap);
      return want.verdict == Verdict::kDeny &&
             Reports(policy, want.rule, world.host.date);
    };
    while (evaluate()) {
      std::erase_if(policy.rules, [&](const Rule& rule) {
        return rule.id.value == want.rule;
      });
    }
    ASSERT_EQ(ActingVerdict(decision), want.verdict) << Shown(world, decision);
    excused += decision.excuse.has_value();
  }
  EXPECT_GT(excused, 100);
}

TEST(DecisionPropertyTest, RuleOrderNeverChangesTheVerdict) {
  Generator generator(3);
  std::mt19937 random(3);
  for (int i = 0; i < 10000; ++i) {
    World world = generator.Draw();
    const Decision before = Decide(world);
    std::shuffle(world.policy.rules.begin(), world.policy.rules.end(), random);
    std::reverse(world.policy.entries.begin(), world.policy.entries.end());
    const Decision after = Decide(world);
    ASSERT_EQ(after.verdict, before.verdict) << Shown(world, after);
    std::set<ReasonCode> codes_before, codes_after;
    for (const Reason& r : before.reasons) codes_before.insert(r.code);
    for (const Reason& r : after.reasons) codes_after.insert(r.code);
    ASSERT_EQ(codes_after, codes_before) << Shown(world, after);
  }
}

bool NamesASet(const Policy& policy) {
  return std::any_of(
      policy.rules.begin(), policy.rules.end(),
      [](const Rule& rule) { return !rule.match.signer_sets.empty(); });
}

// Who is only in a set is a stranger to all that does not name it.
TEST(DecisionPropertyTest, ASetCountsOnlyWhereItIsNamed) {
  Generator generator(7);
  int in_a_set = 0;
  for (int i = 0; i < 10000; ++i) {
    World world = generator.Draw();
    if (NamesASet(world.policy)) continue;
    const Decision decision = Decide(world);
    World without = world;
    for (Signer& signer : without.standing.signers) {
      in_a_set += !signer.trusted && !signer.sets.empty();
      signer.sets.clear();
    }
    const Decision again = Decide(without);
    ASSERT_EQ(decision.verdict, again.verdict) << Shown(world, decision);
    ASSERT_EQ(decision.rule, again.rule) << Shown(world, decision);
  }
  EXPECT_GT(in_a_set, 100);
}

// To define a set that was not takes nothing away from anybody but denials.
TEST(DecisionPropertyTest, AnUnknownSetDeniesAllThatItCouldMean) {
  Generator generator(8);
  int denied = 0;
  for (int i = 0; i < 20000; ++i) {
    World world = generator.Draw();
    if (!NamesASet(world.policy)) continue;
    world.policy.trust.sets = {{"acme", {}}, {"other", {}}};
    const Decision known = Decide(world);
    world.policy.trust.sets.clear();
    const Decision unknown = Decide(world);
    ASSERT_GE(unknown.verdict, known.verdict) << Shown(world, unknown);
    denied += unknown.verdict != known.verdict;
  }
  EXPECT_GT(denied, 20);
}

TEST(DecisionPropertyTest, AddingADenyNeverAllows) {
  Generator generator(4);
  int denied = 0;
  for (int i = 0; i < 10000; ++i) {
    World world = generator.Draw();
    const Verdict before = Decide(world).verdict;
    world.policy.rules.insert(world.policy.rules.begin(),
                              generator.DrawRule("new", RuleVerdict::kDeny));
    const Verdict after = Decide(world).verdict;
    ASSERT_GE(after, before);
    denied += after != before;
  }
  EXPECT_GT(denied, 200) << "the new rule must have had a say";
}

TEST(DecisionPropertyTest, UnreadableEvidenceNeverAllows) {
  Generator generator(5);
  int allowed_before = 0;
  for (int i = 0; i < 10000; ++i) {
    const World world = generator.Draw();
    if (Decide(world).verdict != Verdict::kAllow) continue;
    ++allowed_before;
    std::vector<ImageFacts> worse(6, world.image);
    worse[0].unreadable = "input/output error";
    worse[1].filesystem = Absent();
    worse[2].release = Unsupported{"new"};
    worse[3].release = Absent();
    worse[4].filesystem = Unsupported{"new"};
    worse[5].container = Container::kUnknown;
    if (world.image.container == Container::kDirectory) {
      // A directory has no filesystem of its own to look for.
      worse[1] = worse[4] = worse[0];
    }
    if (world.image.container == Container::kGpt) {
      worse.resize(10, world.image);
      worse[6].table = Unsupported{"new"};
      worse[7].layout = Absent();
      worse[8].verity = Unsupported{"new"};
      worse[9].signature = Unsupported{"new"};
    }
    for (size_t w = 0; w < worse.size(); ++w) {
      World spoilt = world;
      spoilt.image = worse[w];
      ASSERT_NE(Decide(spoilt).verdict, Verdict::kAllow)
          << w << "\n"
          << Shown(spoilt, Decide(spoilt));
    }
  }
  EXPECT_GT(allowed_before, 200);
}

TEST(DecisionPropertyTest, UnknownContentNeverMeetsARule) {
  Generator generator(6);
  int allowed_before = 0;
  for (int i = 0; i < 5000; ++i) {
    World world = generator.Draw();
    world.policy.default_verdict = {RuleVerdict::kDeny, {}};
    Rule rule = RuleNamed("r", RuleVerdict::kAllow);
    rule.match.names = {Text("*")};
    rule.image_policy = {Parsed("*"), {}};
    rule.content = generator.DrawContent();
    world.policy.rules = {rule};
    if (!OneDenies(world.policy.rules[0].content)) continue;
    if (Decide(world).verdict != Verdict::kAllow) continue;
    ++allowed_before;
    for (const Evidence<TreeFacts>& tree :
         {Evidence<TreeFacts>(), Evidence<TreeFacts>(Unsupported{"new"}),
          Evidence<TreeFacts>(Malformed{"tree", "bad"}),
          Evidence<TreeFacts>(TreeFacts{{}, true})}) {
      World spoilt = world;
      spoilt.image.tree = tree;
      ASSERT_EQ(Decide(spoilt).verdict, Verdict::kDeny)
          << Shown(spoilt, Decide(spoilt));
    }
  }
  EXPECT_GT(allowed_before, 100);
}

}  // namespace
}  // namespace extgate
