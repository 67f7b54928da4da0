// What a policy of many rules costs: a name against all rules, beside RE2::Set
// and fnmatch in the same run; a full decision, with its allocations;
// compiling; and YAML from bytes to compiled. tools/bench reads it.
#include <benchmark/benchmark.h>
#include <fnmatch.h>
#include <malloc.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "policy/compiled_policy.h"
#include "policy/decision.h"
#include "policy/decision_fixture.h"
#include "policy/matcher.h"
#include "policy/policy_reader.h"
#include "policy/subject.h"

namespace {

// Counted by the operators below, which all of this program's C++ goes through.
size_t allocations = 0;
size_t bytes_now = 0;
size_t bytes_peak = 0;

[[gnu::noinline]] void* Counted(void* memory) {
  if (memory == nullptr) std::abort();
  ++allocations;
  bytes_now += malloc_usable_size(memory);
  if (bytes_now > bytes_peak) bytes_peak = bytes_now;
  return memory;
}

[[gnu::noinline]] void Freed(void* memory) {
  bytes_now -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(size_t size) { return Counted(std::malloc(size)); }
void operator delete(void* memory) noexcept { Freed(memory); }
void operator delete(void* memory, size_t) noexcept { Freed(memory); }

namespace extgate {
namespace {

// Of 100 rules: 55 with a name, 34 with what a name begins with, 10 with what
// it ends with, 1 with a regular expression.
enum class Form { kName, kPrefix, kSuffix, kExpression };

Form FormOf(int rule) {
  if (rule % 100 == 50) return Form::kExpression;
  if (rule % 10 == 1) return Form::kSuffix;
  return rule % 3 == 0 ? Form::kPrefix : Form::kName;
}

std::string PatternOf(int rule) {
  switch (FormOf(rule)) {
    case Form::kName:
      return absl::StrCat("app", rule, "-1.2.3");
    case Form::kPrefix:
      return absl::StrCat("app", rule, "-*");
    case Form::kSuffix:
      return absl::StrCat("*-team", rule);
    case Form::kExpression:
      return absl::StrCat("re:lib", rule, "-[0-9]+\\.[0-9]+");
  }
  return "";
}

// A name that the rule matches.
std::string NameOf(int rule) {
  switch (FormOf(rule)) {
    case Form::kName:
    case Form::kPrefix:
      return absl::StrCat("app", rule, "-1.2.3");
    case Form::kSuffix:
      return absl::StrCat("tool-team", rule);
    case Form::kExpression:
      return absl::StrCat("lib", rule, "-1.25");
  }
  return "";
}

// So many that processor caches do not know the next one's rules.
constexpr int kNames = 4096;

// Names that a rule matches, of every form, and one in four that none does.
std::vector<std::string> Names(int rules) {
  std::vector<std::string> names;
  uint64_t random = 1;
  for (int i = 0; i < kNames; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    const int rule = static_cast<int>((random >> 33) % rules);
    names.push_back(i % 4 == 3 ? absl::StrCat("other", rule, "-1.2.3")
                               : NameOf(rule));
  }
  return names;
}

// Every tenth rule denies.
Policy PolicyOf(int rules) {
  Policy policy;
  policy.rules.reserve(rules);
  for (int i = 0; i < rules; ++i) {
    Rule rule =
        RuleNamed(absl::StrCat("rule-", i),
                  i % 10 == 9 ? RuleVerdict::kDeny : RuleVerdict::kAllow);
    rule.match.names = {Text(PatternOf(i))};
    policy.rules.push_back(std::move(rule));
  }
  return policy;
}

// All rules that are about a name, by the matcher.
size_t Matching(const CompiledPolicy& policy, absl::string_view name) {
  Subject subject;
  subject.outside_name = subject.inside_name = name;
  const RuleCandidates candidates = policy.index.Find(subject);
  size_t matching = 0;
  for (uint32_t rule : candidates.deny) {
    matching += DenyMatches(policy.rules[rule], subject);
  }
  for (uint32_t rule : candidates.allow) {
    matching += AllowSelects(policy.rules[rule], subject);
  }
  return matching;
}

template <typename Ask>
void AskOfEach(benchmark::State& state, const std::vector<std::string>& names,
               Ask ask) {
  size_t matched = 0;
  for (const std::string& name : names) matched += ask(name) != 0;
  if (matched < names.size() * 3 / 4) state.SkipWithError("names do not match");
  const size_t before = allocations;
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ask(names[i]));
    i = (i + 1) % names.size();
  }
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(allocations - before),
                         benchmark::Counter::kAvgIterations);
}

void NameDecision(benchmark::State& state) {
  const int rules = static_cast<int>(state.range(0));
  const CompiledPolicy policy = Compiled(PolicyOf(rules));
  AskOfEach(state, Names(rules),
            [&](const std::string& name) { return Matching(policy, name); });
}
BENCHMARK(NameDecision)->Arg(10)->Arg(1000)->Arg(10000)->Arg(100000);

// The peer that asks all patterns at once.
void Re2Set(benchmark::State& state) {
  const int rules = static_cast<int>(state.range(0));
  RE2::Options options;
  options.set_max_mem(int64_t{1} << 30);
  RE2::Set set(options, RE2::ANCHOR_BOTH);
  for (int i = 0; i < rules; ++i) {
    const std::string pattern = PatternOf(i);
    const std::string expression =
        FormOf(i) == Form::kExpression
            ? pattern.substr(3)
            : absl::StrReplaceAll(RE2::QuoteMeta(pattern), {{"\\*", ".*"}});
    if (set.Add(expression, nullptr) < 0) state.SkipWithError("bad pattern");
  }
  if (!set.Compile()) state.SkipWithError("out of memory");
  std::vector<int> found;
  AskOfEach(state, Names(rules), [&](const std::string& name) {
    set.Match(name, &found);
    return found.size();
  });
}
BENCHMARK(Re2Set)->Arg(10)->Arg(1000)->Arg(10000);

// The peer that asks one after another; globs alone.
void Fnmatch(benchmark::State& state) {
  const int rules = static_cast<int>(state.range(0));
  std::vector<std::string> patterns;
  for (int i = 0; i < rules; ++i) {
    const std::string pattern = PatternOf(i);
    patterns.push_back(FormOf(i) == Form::kExpression
                           ? absl::StrCat("lib", i, "-[0-9]*")
                           : pattern);
  }
  AskOfEach(state, Names(rules), [&](const std::string& name) {
    size_t matching = 0;
    for (const std::string& pattern : patterns) {
      matching += fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
    }
    return matching;
  });
}
BENCHMARK(Fnmatch)->Arg(10)->Arg(1000);

std::string HexOfNumber(int number) {
  return absl::StrCat(absl::Hex(number, absl::kZeroPad16), HexOf('a'))
      .substr(0, 64);
}

// Rules by name, digest and signer in turn, and images that each allows.
Policy PolicyOfAllKinds(int rules) {
  Policy policy;
  policy.rules.reserve(rules);
  for (int i = 0; i < rules; ++i) {
    Rule rule = RuleNamed(absl::StrCat("rule-", i), RuleVerdict::kAllow);
    if (i % 10 == 9) {
      rule.verdict.value = RuleVerdict::kDeny;
      rule.match.root_hashes = {Text(HexOfNumber(i))};
    } else if (i % 4 == 0) {
      rule.match.root_hashes = {Text(HexOfNumber(i))};
    } else if (i % 4 == 1) {
      rule.match.signers = {Text(HexOfNumber(i))};
    } else {
      rule.match.names = {Text(PatternOf(i))};
    }
    policy.rules.push_back(std::move(rule));
  }
  return policy;
}

struct Offered {
  ImageFacts image;
  SignatureStanding standing;
};

std::vector<Offered> OfferedImages(int rules) {
  std::vector<Offered> all;
  for (const std::string& name : Names(rules)) {
    const int rule = static_cast<int>(all.size() * 7919 % rules);
    Offered offered{GoodImage(), TrustedStanding()};
    offered.image.name = name;
    offered.image.release.value()->name = name;
    offered.standing.signers[0].sha256 =
        *Fingerprint::Parse(HexOfNumber(rule / 4 * 4 + 1));
    const std::string hex = HexOfNumber(rule / 4 * 4);
    offered.image.verity.value()->root_hash = *RootHash::Parse(hex);
    offered.image.signature.value()->root_hash = *RootHash::Parse(hex);
    const auto uuid = [](const std::string& digits) {
      return absl::StrCat(digits.substr(0, 8), "-", digits.substr(8, 4), "-",
                          digits.substr(12, 4), "-", digits.substr(16, 4), "-",
                          digits.substr(20, 12));
    };
    offered.image.layout.value()->data_uuid = uuid(hex.substr(0, 32));
    offered.image.layout.value()->verity_uuid = uuid(hex.substr(32));
    all.push_back(std::move(offered));
    if (all.size() == 512) break;  // each is some kilobytes
  }
  return all;
}

template <typename Decide>
void DecideEach(benchmark::State& state, Decide decide) {
  const int rules = static_cast<int>(state.range(0));
  const CompiledPolicy policy = Compiled(PolicyOfAllKinds(rules));
  const std::vector<Offered> images = OfferedImages(rules);
  const HostFacts host = DebianHost();
  size_t by_rule = 0;
  for (const Offered& offered : images) {
    const Decision decision =
        decide(offered.image, offered.standing, host, policy);
    by_rule += decision.rule != "default";
    if (decision.verdict != Verdict::kAllow) state.SkipWithError("denied");
  }
  if (by_rule < images.size() * 3 / 4) state.SkipWithError("no rule decides");
  const size_t before = allocations;
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        decide(images[i].image, images[i].standing, host, policy));
    i = (i + 1) % images.size();
  }
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(allocations - before),
                         benchmark::Counter::kAvgIterations);
}

void FullDecision(benchmark::State& state) {
  DecideEach(state, [](const auto&... facts) { return Evaluate(facts...); });
}
BENCHMARK(FullDecision)->Arg(10)->Arg(1000)->Arg(10000)->Arg(100000);

void DecisionWithTrace(benchmark::State& state) {
  DecideEach(state, [](const auto&... facts) { return Explain(facts...); });
}
BENCHMARK(DecisionWithTrace)->Arg(10)->Arg(1000)->Arg(10000);

void Compile(benchmark::State& state) {
  const Policy policy = PolicyOf(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    const auto compiled = CompilePolicy(policy, std::nullopt);
    if (!compiled.value.has_value()) state.SkipWithError("does not compile");
  }
}
BENCHMARK(Compile)->Arg(1000)->Arg(10000)->Arg(100000)->Unit(
    benchmark::kMillisecond);

std::string YamlOf(int rules) {
  std::string yaml = "extension_policy:\n  mode: enforcing\n  rules:\n";
  for (int i = 0; i < rules; ++i) {
    absl::StrAppend(&yaml, "    - id: rule-", i, "\n      match:\n",
                    "        name: [\"",
                    PatternOf(i).substr(0, 3) == "re:"
                        ? absl::StrCat("re:lib", i, "-[0-9]+")
                        : PatternOf(i),
                    "\"]\n        class: [sysext]\n      verdict: allow\n",
                    "      reason: \"number ", i, " of the cluster\"\n");
  }
  return yaml;
}

// Bytes to compiled, and the most that was allocated on the way.
void Yaml(benchmark::State& state) {
  const std::string text = YamlOf(static_cast<int>(state.range(0)));
  size_t peak = 0;
  for (auto _ : state) {
    const size_t before = bytes_now;
    bytes_peak = bytes_now;
    const auto read =
        ReadPolicyText(text, "policy.yaml", SourceKind::kPolicyFile);
    if (!read.value.has_value()) {
      state.SkipWithError("does not parse");
      break;
    }
    const auto compiled = CompilePolicy(*read.value, std::nullopt);
    if (!compiled.value.has_value()) state.SkipWithError("does not compile");
    peak = bytes_peak - before;
  }
  state.counters["bytes"] = static_cast<double>(peak);
}
BENCHMARK(Yaml)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace extgate

BENCHMARK_MAIN();
