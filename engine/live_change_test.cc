#include "engine/live_change.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr ImageClass kSysext = ImageClass::kSysext;
constexpr ImageClass kConfext = ImageClass::kConfext;

// How systemd comes to what is staged.
enum class Unit { kPackaged, kWritten };

// A host that has staged and merged `good`, and read its units.
FakeHost Running(Unit unit, const std::string& keys = "  mode: enforcing\n") {
  FakeHost host = HostWith(keys);
  if (unit == Unit::kPackaged) host.packaged_drop_ins = {kSysext, kConfext};
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  MustApply(host);
  host.Unlock();
  EXPECT_TRUE(host.Reload().ok());
  host.merged[kSysext] = {"good"};
  host.calls = 0;
  return host;
}

// `extgate merge` of the packaged drop-in, as a process of its own.
void LetUnitsMerge(FakeHost& host) {
  host.unit_runs = [&host](ImageClass) {
    ApplyOptions options;
    options.drop_in = ApplyOptions::WriteDropIn::kNo;
    options.reuse = ApplyOptions::Reuse::kYes;
    return Apply(host.ports(), options).status();
  };
}

LiveChange MustChange(FakeHost& host) {
  const LivePorts live = host.live_ports();
  auto change = ChangeLive(host.ports(), live, {});
  EXPECT_TRUE(change.ok()) << change.status();
  EXPECT_FALSE(host.locked);
  return change.ok() ? *std::move(change) : LiveChange();
}

// systemd refuses a set with `name` in it.
void Refuse(FakeHost& host, const std::string& name) {
  host.on_merge = [name](const std::vector<SetEntry>& set) {
    for (const SetEntry& entry : set) {
      if (entry.name == name) {
        return absl::FailedPreconditionError("the unit failed (exit-code)");
      }
    }
    return absl::OkStatus();
  };
}

Report Kept(const FakeHost& host) {
  auto report = ReportFromJson(host.report);
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *std::move(report) : Report();
}

TEST(LiveChangeTest, WhatIsNewIsMergedAndWhatIsGoneGoes) {
  for (const Unit unit : {Unit::kPackaged, Unit::kWritten}) {
    FakeHost host = Running(unit);
    if (unit == Unit::kPackaged) LetUnitsMerge(host);
    host.candidates.clear();
    host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
    const LiveChange change = MustChange(host);
    EXPECT_EQ(change.end, LiveChange::End::kMerged) << change.failure;
    EXPECT_THAT(host.merged[kSysext], ElementsAre("new"));
    EXPECT_EQ(host.refreshes[kSysext], 1);
    EXPECT_EQ(host.refreshes[kConfext], 0);
    EXPECT_THAT(host.copies, SizeIs(1)) << "the old copy has gone";
    EXPECT_EQ(Find(Kept(host), "new").action, Action::kStage);
  }
}

TEST(LiveChangeTest, NothingIsRefreshedWhereNothingHasChanged) {
  FakeHost host = Running(Unit::kWritten);
  const LiveChange change = MustChange(host);
  EXPECT_EQ(change.end, LiveChange::End::kMerged);
  EXPECT_THAT(host.refreshes, IsEmpty());
}

TEST(LiveChangeTest, WhatIsStagedAndNotMergedIsMerged) {
  FakeHost host = Running(Unit::kWritten);
  host.merged.clear();
  EXPECT_EQ(MustChange(host).end, LiveChange::End::kMerged);
  EXPECT_THAT(host.merged[kSysext], ElementsAre("good"));
}

// A switch of signature checks is in the drop-in alone.
TEST(LiveChangeTest, AnotherHandOverIsReadBeforeItIsUsed) {
  FakeHost host = Running(Unit::kWritten);
  host.policy_texts.clear();
  host.AddPolicy(PolicyTrustingVendor("  mode: permissive\n"));
  host.Offer("/src/stranger.raw", ImageOf("stranger", &Stranger()));
  std::vector<OwnedFile> read;
  host.unit_runs = [&](ImageClass) {
    read = host.files_read;
    return absl::OkStatus();
  };
  EXPECT_EQ(MustChange(host).end, LiveChange::End::kMerged);
  ASSERT_FALSE(read.empty());
  EXPECT_THAT(read.front().content,
              HasSubstr("SYSTEMD_DISSECT_VERITY_SIGNATURE=0"));
  EXPECT_THAT(host.merged[kSysext], ElementsAre("good", "stranger"));
}

// `apply` has written it, and nobody has made systemd read it.
TEST(LiveChangeTest, ADropInThatSystemdHasNotReadIsReadBeforeItIsUsed) {
  FakeHost host = Running(Unit::kWritten);
  host.files_read.clear();
  host.merged.clear();
  EXPECT_EQ(MustChange(host).end, LiveChange::End::kMerged);
  EXPECT_THAT(host.files_read, SizeIs(2));
}

TEST(LiveChangeTest, InDisabledSystemdMergesWhatItFinds) {
  FakeHost host = Running(Unit::kWritten);
  host.policy_texts.clear();
  host.AddPolicy("extension_policy: {mode: disabled}\n");
  host.missing_units = {kConfext};
  EXPECT_EQ(MustChange(host).end, LiveChange::End::kMerged);
  EXPECT_EQ(host.refreshes[kSysext], 1);
  EXPECT_EQ(host.refreshes[kConfext], 0);
  EXPECT_THAT(host.owned_files, IsEmpty());
  EXPECT_THAT(host.files_read, IsEmpty());
}

void ExpectPutBack(FakeHost& host, const std::string& what) {
  EXPECT_THAT(Staged(host), ElementsAre("good")) << what;
  EXPECT_THAT(host.merged[kSysext], ElementsAre("good")) << what;
  EXPECT_THAT(host.copies, SizeIs(1)) << what;
  const Report kept = Kept(host);
  EXPECT_EQ(Find(kept, "good").action, Action::kStage) << what;
  ASSERT_FALSE(kept.diagnostics.empty()) << what;
  EXPECT_EQ(kept.diagnostics.back().code, DiagnosticCode::kPutBack) << what;
}

TEST(LiveChangeTest, ARefusedSetIsPutBack) {
  for (const Unit unit : {Unit::kPackaged, Unit::kWritten}) {
    for (const bool ends_well : {false, true}) {
      FakeHost host = Running(unit);
      if (unit == Unit::kPackaged) LetUnitsMerge(host);
      const std::vector<OwnedFile> files = host.owned_files;
      host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
      host.merge_ends_well = ends_well;
      Refuse(host, "new");
      const LiveChange change = MustChange(host);
      EXPECT_EQ(change.end, LiveChange::End::kPutBack) << change.undo;
      EXPECT_THAT(std::string(change.failure.message()),
                  HasSubstr(ends_well ? "has not merged `new`" : "exit-code"));
      EXPECT_TRUE(change.undo.ok());
      ExpectPutBack(host, "refused");
      EXPECT_EQ(host.owned_files, files);
      EXPECT_EQ(host.refreshes[kSysext], 2);
      EXPECT_EQ(change.report, Kept(host));
    }
  }
}

// The merge in the unit, and any later one, keeps to it, until something
// changes; a boot does not.
TEST(LiveChangeTest, WhatWasPutBackStaysUntilSomethingChanges) {
  FakeHost host = Running(Unit::kPackaged);
  LetUnitsMerge(host);
  host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
  Refuse(host, "new");
  ASSERT_EQ(MustChange(host).end, LiveChange::End::kPutBack);

  host.on_merge = nullptr;
  ASSERT_TRUE(host.Refresh(kSysext, {}).ok());
  ExpectPutBack(host, "the unit is reloaded");

  FakeHost another = host;
  another.boot_id = "6a1f8a7e-0000-4000-8000-000000000002";
  LetUnitsMerge(another);
  ASSERT_TRUE(another.Refresh(kSysext, {}).ok());
  EXPECT_THAT(another.merged[kSysext], ElementsAre("good", "new"));

  host.files["/src/new.raw"] += std::string(4096, '\0');
  host.candidates.pop_back();
  host.Offer("/src/newer.raw", ImageOf("newer", &Vendor()));
  ASSERT_TRUE(host.Refresh(kSysext, {}).ok());
  EXPECT_THAT(host.merged[kSysext], ElementsAre("good", "newer"));
}

// Such a run would otherwise decide anew each time.
TEST(LiveChangeTest, WhatHasNoStampIsPutBackToo) {
  FakeHost host = Running(Unit::kPackaged);
  LetUnitsMerge(host);
  host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
  Candidate directory;
  directory.path = "/var/lib/extensions/plain";
  directory.file_name = "plain";
  directory.kind = Container::kDirectory;
  directory.place = Place::kSearched;
  host.candidates.push_back(directory);
  Refuse(host, "new");
  const LiveChange change = MustChange(host);
  EXPECT_EQ(change.end, LiveChange::End::kPutBack) << change.undo;
  ExpectPutBack(host, "a plain directory");
  EXPECT_THAT(Kept(host).inputs, HasSubstr("held:"));
}

TEST(LiveChangeTest, WhatIsDeniedByNowAndMergedStillIsAViolation) {
  FakeHost host = Running(Unit::kWritten);
  host.policy_texts.clear();
  host.AddPolicy(
      PolicyTrustingVendor("  mode: enforcing\n  rules:\n    - {id: no-good, "
                           "match: {name: [good]}, verdict: deny}\n"));
  host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
  Refuse(host, "new");
  const LiveChange change = MustChange(host);
  EXPECT_EQ(change.end, LiveChange::End::kPutBack);
  ExpectPutBack(host, "denied");
  ASSERT_THAT(change.report.violations, SizeIs(1));
  EXPECT_EQ(change.report.violations[0].code, ReasonCode::kDeniedByRule);
  EXPECT_THAT(change.report.violations[0].detail,
              HasSubstr("`good` is merged still, and is deny by now"));
  EXPECT_EQ(change.report.outcome, Outcome::kViolations);
}

// Of two classes the second fails: the first goes back too.
TEST(LiveChangeTest, BothClassesGoBackTogether) {
  FakeHost host = Running(Unit::kWritten);
  host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
  host.merged[kConfext] = {"left-behind"};
  host.unit_runs = [&](ImageClass image_class) {
    return image_class == kConfext && host.refreshes[kConfext] == 1
               ? absl::FailedPreconditionError("the unit failed (exit-code)")
               : absl::OkStatus();
  };
  const LiveChange change = MustChange(host);
  EXPECT_EQ(change.end, LiveChange::End::kPutBack) << change.undo;
  EXPECT_EQ(host.refreshes[kSysext], 2);
  EXPECT_EQ(host.refreshes[kConfext], 2);
  ExpectPutBack(host, "confext failed");
}

TEST(LiveChangeTest, CoversAndCertificatesGoBackToo) {
  FakeHost host = Running(Unit::kWritten);
  const std::vector<OwnedFile> files = host.owned_files;
  host.Offer("/etc/extensions/stranger.raw", ImageOf("stranger", &Stranger()),
             Place::kOverriding);
  host.candidates.erase(host.candidates.begin());
  host.Offer("/src/new.raw", ImageOf("new", nullptr));
  host.policy_texts.clear();
  host.AddPolicy(PolicyTrustingVendor(
      "  mode: enforcing\n  rules:\n    - {id: new, match: {name: [new]}, "
      "verdict: allow, image_policy: \"root=verity+absent:usr=absent\"}\n"));
  std::set<std::string> covered;
  bool with_certificate = true;
  host.on_merge = [&](const std::vector<SetEntry>& set) {
    if (set.size() == 1 && set[0].name == "good") return absl::OkStatus();
    covered = host.covered;
    with_certificate = absl::StrContains(host.owned_files[0].path, "verity.d");
    return absl::FailedPreconditionError("the unit failed (exit-code)");
  };
  const LiveChange change = MustChange(host);
  EXPECT_EQ(change.end, LiveChange::End::kPutBack) << change.undo;
  EXPECT_THAT(covered, ElementsAre("/etc/extensions"));
  EXPECT_FALSE(with_certificate);
  EXPECT_THAT(host.covered, IsEmpty());
  EXPECT_EQ(host.owned_files, files);
  ExpectPutBack(host, "covered");
}

TEST(LiveChangeTest, ADecisionThatFailsABootTakesNothingAway) {
  FakeHost host = Running(Unit::kPackaged);
  LetUnitsMerge(host);
  host.policy_texts.clear();
  host.AddPolicy(
      PolicyTrustingVendor("  mode: enforcing\n  on_violation: fail-boot\n"));
  host.Offer("/src/stranger.raw", ImageOf("stranger", &Stranger()));
  const LiveChange change = MustChange(host);
  EXPECT_EQ(change.end, LiveChange::End::kBootFailed);
  EXPECT_EQ(change.report.outcome, Outcome::kBootFailed);
  EXPECT_THAT(host.refreshes, IsEmpty());
  ExpectPutBack(host, "boot failed");
}

TEST(LiveChangeTest, WithoutAnEarlierDecisionNothingWasStaged) {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
  Refuse(host, "new");
  const LiveChange change = MustChange(host);
  EXPECT_EQ(change.end, LiveChange::End::kPutBack) << change.undo;
  EXPECT_THAT(host.sets[kSysext], IsEmpty());
  EXPECT_THAT(host.copies, IsEmpty());
  EXPECT_THAT(host.owned_files, IsEmpty());
  EXPECT_THAT(host.files_read, IsEmpty());
  EXPECT_THAT(Kept(host).images, IsEmpty());
}

TEST(LiveChangeTest, AMissingUnitIsSaid) {
  FakeHost host = Running(Unit::kWritten);
  host.missing_units = {kSysext};
  host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
  const LiveChange change = MustChange(host);
  EXPECT_EQ(change.end, LiveChange::End::kKept);
  EXPECT_THAT(std::string(change.failure.message()),
              HasSubstr("`systemd-sysext.service` is not-found"));
  ExpectPutBack(host, "no unit");
}

TEST(LiveChangeTest, WhatCannotBePutBackIsSaid) {
  FakeHost host = Running(Unit::kWritten);
  host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
  host.on_merge = [](const std::vector<SetEntry>&) {
    return absl::FailedPreconditionError("the unit failed (exit-code)");
  };
  const LiveChange change = MustChange(host);
  EXPECT_EQ(change.end, LiveChange::End::kStuck);
  EXPECT_FALSE(change.failure.ok());
  EXPECT_FALSE(change.undo.ok());
}

// Whatever call fails: the new set is merged, or the previous one is, and the
// report says which.
TEST(LiveChangeTest, TheExecutorSurvivesFailureOfEveryCall) {
  for (const Unit unit : {Unit::kPackaged, Unit::kWritten}) {
    bool done = false;
    int put_back = 0;
    for (int call = 1; !done; ++call) {
      ASSERT_LT(call, 5000);
      FakeHost host = Running(unit);
      if (unit == Unit::kPackaged) LetUnitsMerge(host);
      host.candidates.clear();
      host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
      host.fail_call = call;
      const LivePorts live = host.live_ports();
      auto change = ChangeLive(host.ports(), live, {});
      done = host.calls < call;
      const std::string what = absl::StrCat("call ", call);
      EXPECT_FALSE(host.locked) << what;
      if (!change.ok()) {
        EXPECT_THAT(host.merged[kSysext], ElementsAre("good")) << what;
        EXPECT_THAT(Staged(host), ElementsAre("good")) << what;
        continue;
      }
      switch (change->end) {
        case LiveChange::End::kMerged:
          // What cannot be read costs itself alone.
          EXPECT_EQ(std::vector<std::string>(host.merged[kSysext].begin(),
                                             host.merged[kSysext].end()),
                    Staged(host))
              << what;
          EXPECT_FALSE(host.merged[kSysext].contains("good")) << what;
          EXPECT_TRUE(change->failure.ok()) << what;
          break;
        case LiveChange::End::kKept:
        case LiveChange::End::kPutBack:
          ++put_back;
          EXPECT_FALSE(change->failure.ok()) << what;
          ExpectPutBack(host, what);
          break;
        case LiveChange::End::kStuck:
        case LiveChange::End::kRefused:
        case LiveChange::End::kBootFailed:
          ADD_FAILURE() << what;
          break;
      }
    }
    EXPECT_GT(put_back, 5);
  }
}

// Of two failures the second is one of the way back: it is said, or did not
// matter.
TEST(LiveChangeTest, TheWayBackSurvivesFailureOfEveryCall) {
  int stuck = 0;
  for (int more = 1; more < 40; ++more) {
    FakeHost host = Running(Unit::kWritten);
    host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
    host.on_merge = [&](const std::vector<SetEntry>& set) {
      if (set.size() < 2) return absl::OkStatus();
      host.fail_call = host.calls + more;
      return absl::FailedPreconditionError("the unit failed (exit-code)");
    };
    const LiveChange change = MustChange(host);
    const std::string what = absl::StrCat("call ", more);
    EXPECT_FALSE(change.failure.ok()) << what;
    if (change.end == LiveChange::End::kStuck) {
      ++stuck;
      EXPECT_FALSE(change.undo.ok()) << what;
    } else {
      EXPECT_EQ(change.end, LiveChange::End::kPutBack) << what;
      ExpectPutBack(host, what);
    }
    // And the next run converges.
    host.fail_call = 0;
    host.on_merge = nullptr;
    EXPECT_EQ(MustChange(host).end, LiveChange::End::kMerged) << what;
    EXPECT_THAT(host.merged[kSysext], ElementsAre("good", "new")) << what;
    EXPECT_THAT(host.copies, SizeIs(2)) << what;
  }
  EXPECT_GT(stuck, 5);
}

TEST(LiveChangeTest, APolicyThatIsRefusedChangesNothing) {
  FakeHost host = Running(Unit::kWritten);
  host.AddPolicy("extension_policy: {mode: nonsense}\n");
  const std::string report = host.report;
  ApplyOptions options;
  options.invalid_policy = ApplyOptions::InvalidPolicy::kRefuse;
  const LivePorts live = host.live_ports();
  auto change = ChangeLive(host.ports(), live, options);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->end, LiveChange::End::kRefused);
  EXPECT_EQ(host.report, report);
  EXPECT_THAT(host.refreshes, IsEmpty());
}

}  // namespace
}  // namespace extgate
