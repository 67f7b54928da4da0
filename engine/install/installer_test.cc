#include "engine/install/installer.h"

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/boot/good_boot.h"
#include "engine/install/described_places.h"
#include "engine/install/plan_check.h"
#include "engine/testing/fake_boot.h"
#include "engine/testing/fake_install.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kEnforcing[] = "  mode: enforcing\n";

// A machine with the entries active, passive and recovery, one directory each,
// booted into active; and images that somebody has at hand.
struct Machine {
  FakeHost host;
  FakeHost hand;  // where the images lie
  FakeInstall places;
  FakeBoot boot;
  InstallChoice choice;

  explicit Machine(const std::string& policy = kEnforcing)
      : host(HostWith(policy)) {
    for (const char* entry : {"active", "passive", "recovery"}) {
      places.directories[entry] = {absl::StrCat("/efi/", entry, ".extra.d")};
    }
    // What is installed is what a later boot would find there.
    places.on_commit = [this](const std::string& path) { Found(path); };
  }

  void Found(const std::string& path) {
    const size_t slash = path.rfind('/');
    Candidate candidate;
    candidate.path = path;
    candidate.file_name = path.substr(slash + 1);
    host.candidates_of[path.substr(0, slash)].push_back(candidate);
    host.files[path] = places.files[path];
  }

  // An image at hand, signed by the vendor or not at all.
  Machine& With(const std::string& file_name, const TestSigner* signer,
                const std::string& id = "_any") {
    const std::string name = file_name.substr(0, file_name.find(".raw"));
    hand.Offer("/media/" + file_name,
               ImageOf(name, signer, Designator::kRoot, id));
    return *this;
  }

  Ports ports() {
    Ports ports = host.ports();
    ports.boot = &boot;
    return ports;
  }

  absl::StatusOr<Installation> Install() {
    const LoadedPolicy loaded = LoadPolicy(ports());
    const Ports all = ports();
    Installer installer(all, places, host.facts, loaded);
    return installer.Install(hand, hand.candidates, choice);
  }
  Installation MustInstall() {
    auto done = Install();
    EXPECT_TRUE(done.ok()) << done.status();
    return done.ok() ? *std::move(done) : Installation();
  }
  // With what copying would find out.
  InstallPlan MustPlan(InstallPort& at) {
    const LoadedPolicy loaded = LoadPolicy(ports());
    const Ports all = ports();
    Installer installer(all, at, host.facts, loaded);
    auto plan = installer.PlanInstall(hand, hand.candidates, choice);
    EXPECT_TRUE(plan.ok()) << plan.status();
    if (!plan.ok()) return {};
    CheckData(hand, *plan);
    return *std::move(plan);
  }
  Installation MustRemove(const std::vector<std::string>& names) {
    const LoadedPolicy loaded = LoadPolicy(ports());
    const Ports all = ports();
    Installer installer(all, places, host.facts, loaded);
    auto done = installer.Remove(names, choice);
    EXPECT_TRUE(done.ok()) << done.status();
    return done.ok() ? *std::move(done) : Installation();
  }
};

std::vector<std::string> Lines(const Installation& done) {
  std::vector<std::string> lines;
  for (const PlacedImage& image : done.images) {
    lines.push_back(absl::StrCat(image.name, " ", image.entry, " ",
                                 ToWord(image.placement)));
  }
  return lines;
}

TEST(InstallerTest, WhatNoMappingNamesGoesToActiveAndPassive) {
  Machine machine;
  machine.With("k3s.raw", &Vendor());
  EXPECT_THAT(Lines(machine.MustInstall()),
              ElementsAre("k3s active new", "k3s passive new"));
  EXPECT_THAT(machine.places.Paths(),
              ElementsAre("/efi/active.extra.d/k3s.sysext.raw",
                          "/efi/passive.extra.d/k3s.sysext.raw"));
  EXPECT_TRUE(machine.places.files["/efi/active.extra.d/k3s.sysext.raw"] ==
              machine.hand.files["/media/k3s.raw"]);
}

TEST(InstallerTest, TheMapOfEntriesSaysWhere) {
  Machine machine(
      "  mode: enforcing\n"
      "  entries:\n"
      "    - {match: 'k3s*', entries: [passive, custom]}\n"
      "    - {match: 'all*', entries: [common]}\n");
  machine.places.directories["custom"] = {"/efi/custom.extra.d",
                                          "/efi/custom-2.extra.d"};
  machine.With("k3s.raw", &Vendor()).With("all.raw", &Vendor());
  EXPECT_THAT(Lines(machine.MustInstall()),
              ElementsAre("k3s passive new", "k3s custom new", "k3s custom new",
                          "all active new", "all custom new", "all custom new",
                          "all passive new", "all recovery new"));
}

TEST(InstallerTest, AMappedEntryThatThereIsNotIsRefusedByName) {
  Machine machine(
      "  mode: enforcing\n"
      "  entries:\n    - {match: '*', entries: [nowhere, active]}\n");
  machine.With("k3s.raw", &Vendor());
  const Installation done = machine.MustInstall();
  EXPECT_THAT(Lines(done),
              ElementsAre("k3s nowhere refused", "k3s active new"));
  EXPECT_THAT(done.images[0].why, HasSubstr("nowhere"));
}

TEST(InstallerTest, WhereThereIsNeitherActiveNorPassiveItSaysWhatThereIs) {
  Machine machine;
  machine.places.directories = {{"arch", {"/efi/arch.extra.d"}}};
  machine.With("k3s.raw", &Vendor());
  Installation done = machine.MustInstall();
  EXPECT_THAT(Lines(done), ElementsAre("k3s  refused"));
  EXPECT_THAT(done.images[0].why, HasSubstr("`arch`"));
  machine.choice.entries = {"arch"};
  EXPECT_THAT(Lines(machine.MustInstall()), ElementsAre("k3s arch new"));
}

TEST(InstallerTest, IsDecidedForTheEntryItGoesTo) {
  Machine machine(
      "  mode: enforcing\n"
      "  default: deny\n"
      "  rules:\n"
      "    - {id: a, match: {entries: [passive]}, verdict: allow}\n");
  machine.With("k3s.raw", &Vendor());
  const Installation done = machine.MustInstall();
  EXPECT_THAT(Lines(done),
              ElementsAre("k3s active refused", "k3s passive new"));
  EXPECT_EQ(done.images[0].verdict, Verdict::kDeny);
  EXPECT_EQ(done.images[1].verdict, Verdict::kAllow);
}

TEST(InstallerTest, WhatTheModeWithholdsIsRefusedAndTheRestIsInstalled) {
  Machine machine;
  machine.With("bad.raw", &Stranger()).With("good.raw", &Vendor());
  const Installation done = machine.MustInstall();
  EXPECT_THAT(Lines(done),
              ElementsAre("bad active refused", "bad passive refused",
                          "good active new", "good passive new"));
  EXPECT_EQ(done.images[0].reasons.front().code, ReasonCode::kSignerUntrusted);
  EXPECT_EQ(machine.places.Paths().size(), 2u);
}

TEST(InstallerTest, PermissiveInstallsWhatItWouldMerge) {
  Machine machine("  mode: permissive\n");
  machine.With("bad.raw", &Stranger());
  const Installation done = machine.MustInstall();
  EXPECT_THAT(Lines(done), ElementsAre("bad active new", "bad passive new"));
  EXPECT_EQ(done.images[0].verdict, Verdict::kDeny);
}

TEST(InstallerTest, AnotherOsCountsInTheBootedEntryAlone) {
  Machine machine;
  machine.With("other.raw", &Vendor(), "arch");
  const Installation done = machine.MustInstall();
  EXPECT_THAT(Lines(done),
              ElementsAre("other active refused", "other passive new"));
  EXPECT_THAT(done.images[1].why, HasSubstr("another OS"));
}

TEST(InstallerTest, DamagedDataIsNotInstalled) {
  Machine machine;
  machine.With("k3s.raw", &Vendor());
  // A block of the data that no look at the contents reads.
  std::string& bytes = machine.hand.files["/media/k3s.raw"];
  const std::string whole = bytes;
  bool damaged = false;
  for (size_t at = 20480; at + 4096 < bytes.size() && !damaged; at += 4096) {
    bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    machine.places.files.clear();
    const InstallPlan plan = machine.MustPlan(machine.places);
    const Installation done = machine.MustInstall();
    EXPECT_EQ(plan.installation.images, done.images) << at;
    damaged = done.images[0].placement == Placement::kRefused &&
              absl::StrContains(done.images[0].why, "hash tree");
  }
  EXPECT_TRUE(damaged);
  EXPECT_THAT(machine.places.Paths(), IsEmpty());
}

TEST(InstallerTest, AnotherVersionReplacesItInItsEntryAlone) {
  Machine machine;
  machine.With("k3s.raw", &Vendor());
  machine.places.files = {{"/efi/active.extra.d/k3s.raw", "old"},
                          {"/efi/active.extra.d/k3s.confext.raw", "old"},
                          {"/efi/passive.extra.d/k3s.sysext.raw", "old"},
                          {"/efi/active.extra.d/other.sysext.raw", "other"}};
  machine.choice.entries = {"active"};
  EXPECT_THAT(Lines(machine.MustInstall()), ElementsAre("k3s active replace"));
  // Not two files of one image.
  EXPECT_THAT(machine.places.Paths(),
              ElementsAre("/efi/active.extra.d/k3s.confext.raw",
                          "/efi/active.extra.d/k3s.sysext.raw",
                          "/efi/active.extra.d/other.sysext.raw",
                          "/efi/passive.extra.d/k3s.sysext.raw"));
  EXPECT_EQ(machine.places.files["/efi/passive.extra.d/k3s.sysext.raw"], "old");
}

TEST(InstallerTest, WithoutRoomForAllNothingIsWritten) {
  Machine machine;
  machine.With("k3s.raw", &Vendor());
  const uint64_t size = machine.hand.files["/media/k3s.raw"].size();
  machine.places.volume.free_bytes = 2 * size - 1;
  const auto done = machine.Install();
  EXPECT_TRUE(absl::IsResourceExhausted(done.status())) << done.status();
  EXPECT_THAT(std::string(done.status().message()),
              HasSubstr("/efi/passive.extra.d/k3s.sysext.raw"));
  EXPECT_THAT(machine.places.Paths(), IsEmpty());
  EXPECT_EQ(machine.places.copies, 0);
  // A store has one copy for both.
  machine.places.volume.shares = true;
  EXPECT_THAT(Lines(machine.MustInstall()),
              ElementsAre("k3s active new", "k3s passive new"));
  EXPECT_EQ(machine.places.copies, 1);
}

TEST(InstallerTest, AFileLongerThanThePlaceTakesIsRefused) {
  Machine machine;
  machine.With("k3s.raw", &Vendor());
  machine.places.volume.most_bytes = 4096;
  EXPECT_THAT(Lines(machine.MustInstall()),
              ElementsAre("k3s active refused", "k3s passive refused"));
}

TEST(InstallerTest, WhatIsNoImageFileIsRefused) {
  Machine machine;
  machine.With("k3s.raw", &Vendor());
  machine.hand.candidates[0].file_name = "k3s.img";
  machine.hand.Offer("/media/noise.raw", std::string(4096, 'x'));
  Candidate tree;
  tree.path = tree.file_name = "tree";
  tree.kind = Container::kDirectory;
  machine.hand.candidates.push_back(tree);
  machine.hand.unreadable_files.insert("/media/gone.raw");
  machine.hand.Offer("/media/gone.raw", "x");
  const Installation done = machine.MustInstall();
  for (const PlacedImage& image : done.images) {
    EXPECT_EQ(image.placement, Placement::kRefused) << image.source;
    EXPECT_NE(image.why, "");
  }
  EXPECT_EQ(done.images.size(), 6u);
  EXPECT_THAT(machine.places.Paths(), IsEmpty());
}

TEST(InstallerTest, TwoImagesOfOneNameAreNotBothInstalled) {
  Machine machine;
  machine.With("k3s.raw", &Vendor()).With("k3s.raw", &Vendor());
  machine.choice.entries = {"active"};
  EXPECT_THAT(Lines(machine.MustInstall()),
              ElementsAre("k3s active new", "k3s active refused"));
}

TEST(InstallerTest, ADryRunWritesNothing) {
  Machine machine;
  machine.With("k3s.raw", &Vendor());
  machine.choice.dry_run = true;
  EXPECT_THAT(Lines(machine.MustInstall()),
              ElementsAre("k3s active new", "k3s passive new"));
  EXPECT_EQ(machine.places.copies, 0);
}

TEST(InstallerTest, ABlessedEntryIsCountedAgain) {
  Machine machine;
  machine.boot.AddEntry("active.conf", "0001");
  machine.boot.AddEntry("passive.conf", "0002");
  machine.boot.extra_directories["active.conf"] = {"/efi/active.extra.d"};
  auto booted = Apply(machine.ports(), {});
  ASSERT_TRUE(booted.ok()) << booted.status();
  ASSERT_TRUE(KeepGoodBoot(machine.ports(), booted->report).ok());
  machine.With("k3s.raw", &Vendor());
  EXPECT_THAT(machine.MustInstall().rearmed, ElementsAre("active.conf"));
  EXPECT_THAT(machine.boot.FileNames(),
              ElementsAre("active+3.conf", "passive.conf"));
}

TEST(InstallerTest, AFailedWriteIsToldAndTheRestGoesOn) {
  Machine machine;
  machine.With("k3s.raw", &Vendor());
  machine.places.commit_error = absl::UnavailableError("the disk is gone");
  const Installation done = machine.MustInstall();
  EXPECT_THAT(Lines(done),
              ElementsAre("k3s active failed", "k3s passive failed"));
  EXPECT_THAT(done.images[0].why, HasSubstr("the disk is gone"));
  EXPECT_THAT(done.rearmed, IsEmpty());
}

TEST(InstallerTest, WithoutAnyPlaceItSaysWhy) {
  Machine machine;
  machine.places.entries_error = absl::NotFoundError("there is no ESP");
  EXPECT_TRUE(absl::IsNotFound(machine.Install().status()));
}

TEST(InstallerTest, RemovesOfTheEntriesNamedOrAll) {
  Machine machine;
  machine.places.files = {{"/efi/active.extra.d/k3s.sysext.raw", "1"},
                          {"/efi/passive.extra.d/k3s.raw", "2"},
                          {"/efi/passive.extra.d/k3s.confext.raw", "3"},
                          {"/efi/recovery.extra.d/other.raw", "4"}};
  machine.choice.entries = {"active"};
  EXPECT_THAT(Lines(machine.MustRemove({"k3s"})),
              ElementsAre("k3s active remove"));
  machine.choice.entries = {};
  EXPECT_THAT(Lines(machine.MustRemove({"k3s"})),
              ElementsAre("k3s passive remove", "k3s passive remove"));
  EXPECT_THAT(machine.places.Paths(),
              ElementsAre("/efi/recovery.extra.d/other.raw"));
  const Installation none = machine.MustRemove({"k3s"});
  EXPECT_THAT(Lines(none), ElementsAre("k3s  refused"));
  EXPECT_THAT(none.images[0].why, HasSubstr("`active`, `passive`, `recovery`"));
}

TEST(InstallerTest, KeepsWhatARuleRequiresThere) {
  Machine machine(
      "  mode: enforcing\n"
      "  rules:\n"
      "    - id: k\n"
      "      match: {name: [k3s], entries: [active]}\n"
      "      verdict: allow\n"
      "      required: true\n");
  machine.With("k3s.raw", &Vendor());
  machine.MustInstall();
  const Installation done = machine.MustRemove({"k3s"});
  EXPECT_THAT(Lines(done),
              ElementsAre("k3s active refused", "k3s passive remove"));
  EXPECT_THAT(done.images[0].why, HasSubstr("requires"));
  EXPECT_THAT(machine.places.Paths(),
              ElementsAre("/efi/active.extra.d/k3s.sysext.raw"));
}

TEST(InstallerTest, ListsWhatABootOfEachEntryWouldFind) {
  Machine machine;
  machine.With("k3s.raw", &Vendor());
  machine.choice.entries = {"passive"};
  machine.MustInstall();
  const LoadedPolicy loaded = LoadPolicy(machine.ports());
  const Ports ports = machine.ports();
  Installer installer(ports, machine.places, machine.host.facts, loaded);
  const auto reports = installer.List();
  ASSERT_TRUE(reports.ok()) << reports.status();
  ASSERT_EQ(reports->size(), 3u);
  EXPECT_EQ((*reports)[0].entry, "active");
  EXPECT_THAT((*reports)[0].images, IsEmpty());
  ASSERT_EQ((*reports)[1].images.size(), 1u);
  EXPECT_EQ((*reports)[1].images[0].name, "k3s");
  EXPECT_EQ((*reports)[1].images[0].action, Action::kStage);
}

TEST(InstallerTest, APlanOfDescribedPlacesIsWhatInstallDoes) {
  Machine machine(
      "  mode: enforcing\n"
      "  entries:\n"
      "    - {match: 'k3s*', entries: [passive, recovery]}\n");
  machine.With("k3s.raw", &Vendor())
      .With("good.raw", &Vendor())
      .With("odd.raw", nullptr);
  const std::string old = "/efi/passive.extra.d/k3s.raw";
  machine.places.files[old] = "old";
  DescribedPlaces described;
  for (const auto& [entry, directories] : machine.places.directories) {
    std::vector<InstalledFile> files;
    if (entry == "passive") files.push_back({"k3s.raw", 3});
    described.Add(entry, directories.front(), files);
  }
  const InstallPlan plan = machine.MustPlan(described);
  const Installation done = machine.MustInstall();
  EXPECT_EQ(plan.installation.images, done.images);
  std::vector<std::string> written;
  for (const InstallStep& step : plan.steps) {
    written.push_back(absl::StrCat(step.place.directory, "/", step.file_name));
    for (const std::string& gone : step.TakenAway()) {
      EXPECT_EQ(absl::StrCat(step.place.directory, "/", gone), old);
    }
  }
  EXPECT_THAT(machine.places.Paths(),
              ::testing::UnorderedElementsAreArray(written));
}

TEST(DescribedPlacesTest, NothingIsWrittenThere) {
  DescribedPlaces places;
  places.Add("active", "/a", {});
  const auto found = places.PlacesOf("active", ImageClass::kSysext);
  ASSERT_TRUE(found.ok());
  const InstallPlace& place = found->front();
  EXPECT_TRUE(absl::IsFailedPrecondition(places.Create(place, 1).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(places.Share(place, place, "a.raw")));
  EXPECT_TRUE(absl::IsFailedPrecondition(places.Remove(place, "a.raw")));
  EXPECT_TRUE(absl::IsNotFound(
      places.PlacesOf("passive", ImageClass::kSysext).status()));
}

}  // namespace
}  // namespace extgate
