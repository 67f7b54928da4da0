// Ways in: RandomRules::DrawRule, DrawPolicy and what they are made of.
#include "policy/random_rules.h"

#include "policy/decision_fixture.h"

namespace extgate {

Rule RandomRules::DrawRule(const std::string& id, RuleVerdict verdict) {
  Rule rule = RuleNamed(id, verdict);
  if (draw_.OneIn(3)) rule.mode = {RuleMode::kPermissive, {}};
  if (rule.mode.has_value() && draw_.OneIn(2)) {
    rule.until = {UtcTime::FromSeconds(draw_.Pick<int>({0, 10, 11})), {}};
  }
  RuleMatch& match = rule.match;
  const auto hash = [this] {
    return Text(HexOf(draw_.Pick<char>({'a', 'b'})));
  };
  while (match == RuleMatch{}) {
    if (draw_.OneIn(2)) match.names = {Text(Pattern())};
    if (draw_.OneIn(6)) match.names.push_back(Text(Pattern()));
    if (draw_.OneIn(4)) {
      match.names = {Text(OneStar())};
      if (draw_.OneIn(3)) match.names.push_back(Text(OneStar()));
      match.version = Text(Versions());
    }
    if (draw_.OneIn(6)) match.root_hashes = {hash()};
    if (draw_.OneIn(8)) match.sha256 = {hash()};
    if (draw_.OneIn(3)) match.signers = {Text(Signers())};
    if (draw_.OneIn(12)) match.signer_sets = {Text(draw_.SetName())};
    if (draw_.OneIn(6)) match.signers.push_back(Text(Signers()));
    if (!match.signers.empty() && draw_.OneIn(4)) {
      match.signer_sets.push_back(Text(draw_.SetName()));
    }
    if (draw_.OneIn(6)) match.classes = {{draw_.Class(), {}}};
    if (draw_.OneIn(6)) {
      match.architectures = {{draw_.Pick<Architecture>(
                                  {Architecture::kX8664, Architecture::kArm64}),
                              {}}};
    }
    if (draw_.OneIn(6)) match.entries = {Text(draw_.Entry())};
  }
  if (draw_.OneIn(3)) rule.image_policy = {DrawImagePolicy(), {}};
  if (draw_.OneIn(2)) rule.content = DrawContent();
  return rule;
}

RuleContent RandomRules::DrawContent() {
  RuleContent content;
  while (draw_.OneIn(3)) {
    content.deny.push_back(Text(draw_.Word(
        {"/usr/lib/**", "/usr/**/a", "/opt/b", "/**/b", "/usr/*", "/etc/**",
         "/usr/*/b", "/usr/lib/a", "/*/[!a]", "/usr/[b-l]*", "/opt/**"})));
  }
  while (draw_.OneIn(2)) {
    content.actions[draw_.Pick<ContentKind>(
        {ContentKind::kSetuid, ContentKind::kCapabilities,
         ContentKind::kDevices, ContentKind::kWhiteouts, ContentKind::kOutside,
         ContentKind::kTypeConflict, ContentKind::kShadow})] = {
        draw_.Pick<ContentAction>({ContentAction::kAllow, ContentAction::kWarn,
                                   ContentAction::kDeny, ContentAction::kDeny}),
        {}};
  }
  return content;
}

Policy RandomRules::DrawPolicy() {
  Policy policy;
  if (draw_.OneIn(2)) policy.mode = {draw_.Pick<Mode>({Mode::kEnforcing}), {}};
  if (draw_.OneIn(3)) policy.default_verdict = {RuleVerdict::kDeny, {}};
  if (draw_.OneIn(2)) policy.image_policy = {DrawImagePolicy(), {}};
  if (!draw_.OneIn(3)) policy.trust.sets["acme"];
  if (!draw_.OneIn(3)) policy.trust.sets["other"];
  if (draw_.OneIn(6)) policy.trust.require_unexpired = {true, {}};
  for (uint32_t n = draw_.Below(6); n > 0; --n) {
    policy.rules.push_back(
        DrawRule("r" + std::to_string(n),
                 draw_.OneIn(5) ? RuleVerdict::kDeny : RuleVerdict::kAllow));
  }
  while (draw_.OneIn(8)) {
    policy.entries.push_back(
        {Text(Pattern()), {Text(draw_.Entry()), Text(draw_.Entry())}});
  }
  return policy;
}

std::string RandomRules::Signers() {
  return draw_.Word({"sha256:", ""}) + HexOf(draw_.Pick<char>({'c', 'd'}));
}

std::string RandomRules::Pattern() {
  return draw_.Word({"a", "b", "*", "a*", "?", "[ab]", "[!a]*", "a_*", "*_?",
                     "*b", "[a-c]*", "[!a-c]*", "?[0-9]*", "[]a-b-]", "re:a.*",
                     "re:a|b_?", "re:[ab].?[0-9]+", "re:[ab]1?", "re:.*[1-2]"});
}

std::string RandomRules::OneStar() {
  return draw_.Word({"a*", "a*", "*", "[!b]*", "[a-b]*", "a_*", "*b", "a*1"});
}

std::string RandomRules::Versions() {
  return draw_.Word({">=1", "<2", "!=1", ">=1, <10", ">1,<=10", "=1", "=b",
                     ">=b, !=1", "<1~rc1"});
}

ImagePolicy RandomRules::DrawImagePolicy() {
  const std::string text = draw_.Word(
      {kStrictImagePolicy,
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

}  // namespace extgate
