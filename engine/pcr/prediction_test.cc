// Vectors of a host build of systemd's own packing, extended by a swtpm.
#include "engine/pcr/prediction.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/boot/testing/uki.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/filesystem_fixture.h"
#include "engine/pcr/uki_sections.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

constexpr PcrBank kAll[] = {PcrBank::kSha1, PcrBank::kSha256, PcrBank::kSha384,
                            PcrBank::kSha512};

// A buffer of its own.
class OwnBytes : public ImageReader {
 public:
  explicit OwnBytes(std::string bytes)
      : bytes_(std::move(bytes)), reader_(BytesOf(bytes_)) {}
  uint64_t size_bytes() const override { return bytes_.size(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    return reader_.ReadAt(offset, out);
  }

 private:
  const std::string bytes_;
  BufferReader reader_;
};

OfferedFile File(std::string name, std::string content) {
  return {std::move(name),
          [content]() -> absl::StatusOr<std::unique_ptr<ImageReader>> {
            return std::make_unique<OwnBytes>(content);
          }};
}

std::vector<OfferedFile> ThreeImages() {
  return {File("k3s.sysext.raw", std::string(4096, '\0')),
          File("a.raw", "hello"), File("empty.raw", "")};
}

// With nothing else in register 12.
StubInputs Complete(int stub) {
  StubInputs inputs;
  inputs.stub = stub;
  inputs.command_line = "";
  inputs.credentials_known = true;
  return inputs;
}

std::string Pcr(const Prediction& prediction, int pcr, PcrBank bank) {
  return absl::BytesToHexString(prediction.pcrs.at(pcr).at(bank));
}

TEST(Prediction, ImagesBesideTheKernelImage) {
  StubInputs inputs = Complete(257);
  inputs.own = ThreeImages();
  const auto prediction = PredictStub(inputs, kAll);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(Pcr(*prediction, 13, PcrBank::kSha256),
            "4e464c2f0b259dc98fe2a1a6d1d1bd05a82dcb5325a8a61e6f3aebc50aee0b16");
  EXPECT_EQ(Pcr(*prediction, 13, PcrBank::kSha1),
            "b46a829a285a89ab2bf0f30b7a7f06f81a3163ea");
  EXPECT_EQ(Pcr(*prediction, 12, PcrBank::kSha256), std::string(64, '0'));
  ASSERT_EQ(prediction->events.size(), 1u);
  EXPECT_EQ(prediction->events[0].description, "System extension initrd");
  EXPECT_EQ(absl::StrJoin(prediction->events[0].files, " "),
            "a.raw empty.raw k3s.sysext.raw");
}

TEST(Prediction, ImagesOfAllEntriesComeAfter) {
  StubInputs inputs = Complete(258);
  inputs.own = ThreeImages();
  inputs.global_extensions = {File("g.raw", "world")};
  const auto prediction = PredictStub(inputs, kAll);
  ASSERT_TRUE(prediction.ok());
  ASSERT_EQ(prediction->events.size(), 2u);
  EXPECT_EQ(prediction->events[1].description,
            "Global system extension initrd");
  EXPECT_EQ(Pcr(*prediction, 13, PcrBank::kSha256),
            "e166fdb70270fa3a1d7af58362b494bfc6bdd575b956cf64eda66e7bacac4219");
  inputs.stub = 257;
  const auto before = PredictStub(inputs, kAll);
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(before->events.size(), 1u);
  EXPECT_EQ(absl::StrJoin(before->remarks, "; "),
            "`g.raw` is not measured: the stub of systemd 257 takes no "
            "global_sysext, only that of 258 and later");
}

TEST(Prediction, ConfextsAreInAnotherRegister) {
  StubInputs inputs = Complete(257);
  inputs.own = {File("c.confext.raw", "cfg")};
  const auto prediction = PredictStub(inputs, kAll);
  ASSERT_TRUE(prediction.ok());
  EXPECT_EQ(Pcr(*prediction, 12, PcrBank::kSha256),
            "62d893f793c946dbea51c3cd056401b5b3ed62cef5b4a80dfc395872bfca4215");
  EXPECT_EQ(Pcr(*prediction, 13, PcrBank::kSha256), std::string(64, '0'));
  // Before 256 they are images like others.
  inputs.stub = 255;
  const auto before = PredictStub(inputs, kAll);
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(Pcr(*before, 12, PcrBank::kSha256), std::string(64, '0'));
  EXPECT_NE(Pcr(*before, 13, PcrBank::kSha256), std::string(64, '0'));
}

TEST(Prediction, NothingIsNothing) {
  const auto prediction = PredictStub(Complete(257), kAll);
  ASSERT_TRUE(prediction.ok());
  EXPECT_TRUE(prediction->events.empty());
  for (const PcrBank bank : kAll) {
    EXPECT_EQ(prediction->pcrs.at(13).at(bank), InitialPcr(bank));
  }
}

TEST(Prediction, WhatWasNotGivenIsNotAssumed) {
  StubInputs inputs;
  inputs.stub = 257;
  inputs.own = {File("a.raw", "hello"), File("x.addon.efi", "")};
  const auto prediction = PredictStub(inputs, kAll);
  ASSERT_TRUE(prediction.ok());
  EXPECT_EQ(prediction->pcrs.count(12), 0u);
  EXPECT_EQ(prediction->pcrs.count(13), 1u);
  EXPECT_EQ(absl::StrJoin(prediction->missing.at(12), "; "),
            "the command line that the boot loader passes; credentials; "
            "whether the firmware accepts the add-on `x.addon.efi`");
}

// Register 12 and its events, of these add-ons beside the kernel image.
std::string WithAddOns(StubInputs inputs) {
  inputs.add_ons_accepted = true;
  constexpr PcrBank kOne[] = {PcrBank::kSha256};
  const auto prediction = PredictStub(inputs, kOne);
  if (!prediction.ok()) return prediction.status().ToString();
  std::string text;
  for (const MeasuredEvent& event : prediction->events) {
    if (event.pcr == 12) absl::StrAppend(&text, event.description, "; ");
  }
  for (const auto& [pcr, parts] : prediction->missing) {
    absl::StrAppend(&text, "missing: ", absl::StrJoin(parts, ", "), "; ");
  }
  return absl::StrCat(text, absl::StrJoin(prediction->remarks, "; "));
}

TEST(Prediction, AddOnsThatTheFirmwareAccepts) {
  StubInputs inputs = Complete(257);
  inputs.global_add_ons = {
      File("g.addon.efi", BuildPe({{".cmdline", "global"}}))};
  inputs.own = {
      File("b.addon.efi", BuildPe({{".cmdline", " b\n"}, {".ucode", "B"}})),
      File("a.ADDON.efi", BuildPe({{".ucode", "A"}, {".initrd", "I"}})),
      File("x.cred", "secret"), File("k.addon.efi", BuildPe({{".linux", "k"}})),
      File(".hidden.addon.efi", "")};
  EXPECT_EQ(WithAddOns(inputs),
            "global b; Credentials initrd; b.addon.efi; a.ADDON.efi; "
            "a.ADDON.efi; `.hidden.addon.efi` is not measured: its name begins "
            "with a dot; `k.addon.efi` is not measured: it is a kernel image, "
            "and no add-on");
  // Each version takes what it knows.
  inputs.stub = 255;
  inputs.own.resize(1);
  EXPECT_EQ(WithAddOns(inputs), "global  b; ");
  inputs.stub = 254;
  EXPECT_EQ(WithAddOns(inputs), "global;  b; ");
  inputs.stub = 253;
  EXPECT_EQ(WithAddOns(inputs),
            "`b.addon.efi` is not measured: it is no image and no credential");
}

TEST(Prediction, AddOnsOfWhichTheMachineDecides) {
  StubInputs inputs = Complete(257);
  inputs.own = {File("d.addon.efi", BuildPe({{".dtb", "tree"}}))};
  EXPECT_EQ(WithAddOns(inputs),
            "missing: whether the firmware takes the device tree of the add-on "
            "`d.addon.efi`; ");
  inputs.own = {
      File("u.addon.efi", BuildPe({{".uname", "6.1"}, {".cmdline", "x"}}))};
  EXPECT_EQ(WithAddOns(inputs),
            "missing: what the add-on `u.addon.efi` brings: it is for one "
            "kernel, and no kernel image is given; ");
  const std::string uki = BuildPe({{".linux", "HALLO"}, {".uname", "6.2"}});
  BufferReader reader(BytesOf(uki));
  inputs.kernel_image = &reader;
  EXPECT_EQ(WithAddOns(inputs),
            "`u.addon.efi` is not measured: it is for another kernel");
  inputs.own = {File("odd.addon.efi", "MZ")};
  EXPECT_NE(WithAddOns(inputs).find("what the add-on `odd.addon.efi` brings"),
            std::string::npos);
}

TEST(Prediction, WhatExtraLinesOfTheEntryBring) {
  StubInputs inputs = Complete(257);
  inputs.own = {File("a.raw", "hello")};
  inputs.extras = {File("b.sysext.raw", "two"),  File("x.cred", "secret"),
                   File("a.SYSEXT.raw", "one"),  File("c.confext.raw", "cfg"),
                   File("empty.sysext.raw", ""), File("plain.raw", "no")};
  EXPECT_EQ(WithAddOns(inputs),
            "missing: whether systemd-boot is of 261 or later and measures "
            "what `extra` of the entry names; missing: whether systemd-boot is "
            "of 261 or later and measures what `extra` of the entry names; ");
  inputs.boot_loader = 260;
  EXPECT_EQ(WithAddOns(inputs), "");
  inputs.boot_loader = 261;
  EXPECT_EQ(WithAddOns(inputs),
            "Entry credentials initrd; Entry configuration extension initrd; "
            "`empty.sysext.raw` is not measured: it is empty; `plain.raw` is "
            "not measured: it is of no kind that systemd-boot takes");
  // By stub_reference.py --extra.
  constexpr PcrBank kOne[] = {PcrBank::kSha256};
  inputs.own.clear();
  const auto prediction = PredictStub(inputs, kOne);
  ASSERT_TRUE(prediction.ok());
  EXPECT_EQ(Pcr(*prediction, 12, PcrBank::kSha256),
            "1a98e0f2dee1e7351bf2692256aa42c419b4e84942a8042111e789d8ed3539c2");
  EXPECT_EQ(Pcr(*prediction, 13, PcrBank::kSha256),
            "cbd67e0d33ed2a894a3c2ef7a06c8346ab0654fcd0aa270012e0e2ac489b20bb");
}

// systemd-boot measures what it passes, a profile at its beginning included,
// and the stub what it takes of that: as a real boot has it.
TEST(Prediction, WhatIsPassedIsMeasuredByBoth) {
  StubInputs inputs = Complete(257);
  inputs.boot_loader = 257;
  inputs.secure_boot = false;
  inputs.profile = 1;
  inputs.command_line = "console=ttyS0 quiet panic=-1  two";
  const auto prediction = PredictStub(inputs, kAll);
  ASSERT_TRUE(prediction.ok());
  std::vector<std::string> of_12;
  for (const MeasuredEvent& event : prediction->events) {
    EXPECT_EQ(event.pcr, 12);
    of_12.push_back(event.description);
  }
  EXPECT_EQ(of_12, (std::vector<std::string>{"@1 " + *inputs.command_line, "1",
                                             *inputs.command_line}));
  const auto text = ReadHostFile("testdata/pcr/options.registers");
  const std::string held = absl::AsciiStrToLower(absl::string_view(
      reinterpret_cast<const char*>(text.data()), text.size()));
  for (const PcrBank bank : kAll) {
    EXPECT_TRUE(absl::StrContains(
        held,
        absl::StrCat(ToWord(bank), " 12 ", Pcr(*prediction, 12, bank), "\n")))
        << ToWord(bank);
  }
}

// What is measured into 12, or why that is not known.
std::string Of12(const StubInputs& inputs) {
  constexpr PcrBank kOne[] = {PcrBank::kSha256};
  const auto prediction = PredictStub(inputs, kOne);
  if (!prediction.ok()) return prediction.status().ToString();
  const auto missing = prediction->missing.find(12);
  if (missing != prediction->missing.end()) {
    return absl::StrCat("not given: ", absl::StrJoin(missing->second, "; "));
  }
  std::vector<std::string> texts;
  for (const MeasuredEvent& event : prediction->events) {
    if (event.pcr == 12) texts.push_back(event.description);
  }
  return absl::StrJoin(texts, "; ");
}

TEST(Prediction, WithSecureBootACommandLineOfItsOwnIsTheOnlyOne) {
  const std::string with = BuildPe({{".linux", "x"}, {".cmdline", "own"}});
  const std::string without = BuildPe({{".linux", "x"}});
  BufferReader own(BytesOf(with));
  BufferReader none(BytesOf(without));
  StubInputs inputs = Complete(257);
  inputs.command_line = "quiet";
  inputs.boot_loader = 257;
  const std::string unknown =
      "not given: whether Secure Boot is on, with which a kernel image that "
      "has a command line takes no other";
  EXPECT_EQ(Of12(inputs), unknown);
  inputs.secure_boot = true;
  EXPECT_EQ(Of12(inputs), unknown);
  inputs.kernel_image = &own;
  EXPECT_EQ(Of12(inputs), "quiet");  // of systemd-boot alone
  inputs.boot_loader = 0;
  EXPECT_EQ(Of12(inputs), "");
  inputs.secure_boot.reset();
  EXPECT_EQ(Of12(inputs), unknown);
  inputs.kernel_image = &none;
  EXPECT_EQ(Of12(inputs), "quiet");
  inputs.boot_loader = 257;
  EXPECT_EQ(Of12(inputs), "quiet; quiet");
  inputs.kernel_image = &own;
  inputs.secure_boot = false;
  EXPECT_EQ(Of12(inputs), "quiet; quiet");
  inputs.boot_loader.reset();
  EXPECT_EQ(Of12(inputs),
            "not given: whether systemd-boot measures what it passes");
  inputs.command_line = "";
  EXPECT_EQ(Of12(inputs), "");
  inputs.boot_loader = 257;
  for (const char* line : {"quiet ", " quiet", "a\tb"}) {
    inputs.command_line = line;
    EXPECT_EQ(Of12(inputs),
              "not given: what the stub makes of a command line with control "
              "characters, or with blanks around it");
  }
  // systemd-boot before 255 passes a kernel image its own.
  inputs.command_line = "";
  inputs.is_its_own_entry = true;
  inputs.kernel_image = &own;
  inputs.boot_loader = 255;
  EXPECT_EQ(Of12(inputs), "");
  inputs.boot_loader = 254;
  EXPECT_EQ(Of12(inputs), "own; own");
  inputs.secure_boot = true;
  EXPECT_EQ(Of12(inputs), "own");
  inputs.kernel_image = &none;
  EXPECT_EQ(Of12(inputs), "");
  inputs.command_line = "bad\xff";
  EXPECT_EQ(Of12(inputs),
            "not given: what a command line that is no UTF-8 becomes");
}

TEST(Prediction, ACommandLineIsMeasuredWithItsNul) {
  StubInputs inputs = Complete(257);
  inputs.command_line = "quiet";
  inputs.boot_loader = 0;
  inputs.secure_boot = false;
  constexpr PcrBank kOne[] = {PcrBank::kSha256};
  const auto prediction = PredictStub(inputs, kOne);
  ASSERT_TRUE(prediction.ok());
  const std::string units("q\0u\0i\0e\0t\0\0\0", 12);
  EXPECT_EQ(prediction->pcrs.at(12).at(PcrBank::kSha256),
            ExtendPcr(PcrBank::kSha256, InitialPcr(PcrBank::kSha256),
                      DigestIn(PcrBank::kSha256, units)));
}

// A file with the sections .linux "HALLO\n" and .initrd "foobar\n", and what
// systemd-measure says of them.
TEST(Prediction, SectionsOfTheKernelImage) {
  const std::string uki = BuildPe({{".linux", "HALLO\n"},
                                   {".initrd", "foobar\n"},
                                   {".pcrsig", "{}"},
                                   {".other", "x"}});
  BufferReader reader(BytesOf(uki));
  StubInputs inputs = Complete(257);
  inputs.kernel_image = &reader;
  inputs.phase = "";
  const auto before = PredictStub(inputs, kAll);
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(Pcr(*before, 11, PcrBank::kSha256),
            "37b48bd0b222394dbe3cceff2fca4660c4b0a90ae9369ec90b42f14489989c13");
  inputs.phase = "foo";
  const auto prediction = PredictStub(inputs, kAll);
  ASSERT_TRUE(prediction.ok());
  EXPECT_EQ(Pcr(*prediction, 11, PcrBank::kSha256),
            "21c49c1242042649e09c156546fd7d425ccc3c67359f840507b30be4e0f6f699");
}

TEST(Prediction, AProfileTakesThePlaceOfWhatAllHave) {
  const std::string uki = BuildPe({{".linux", "HALLO\n"},
                                   {".initrd", "another"},
                                   {".profile", "ID=one"},
                                   {".initrd", "foobar\n"},
                                   {".profile", "ID=two"},
                                   {".cmdline", "quiet"}});
  BufferReader reader(BytesOf(uki));
  const auto sections = [&](int profile, int stub) {
    const auto found = MeasuredSections(reader, profile, stub);
    EXPECT_TRUE(found.ok()) << found.status();
    std::string text;
    for (const PeSection& section : *found) {
      absl::StrAppend(&text, section.name, "=",
                      uki.substr(section.offset, section.size), " ");
    }
    return text;
  };
  EXPECT_EQ(sections(0, 257),
            ".linux=HALLO\n .initrd=foobar\n .profile=ID=one ");
  EXPECT_EQ(sections(1, 257),
            ".linux=HALLO\n .cmdline=quiet .initrd=another .profile=ID=two ");
  // The last of each, for a stub that knows no profiles.
  EXPECT_EQ(sections(0, 256),
            ".linux=HALLO\n .cmdline=quiet .initrd=foobar\n ");
  EXPECT_EQ(MeasuredSections(reader, 2, 257).status().code(),
            absl::StatusCode::kNotFound);
  StubInputs inputs = Complete(257);
  inputs.kernel_image = &reader;
  inputs.boot_loader = 0;
  inputs.profile = 1;
  constexpr PcrBank kOne[] = {PcrBank::kSha256};
  const auto prediction = PredictStub(inputs, kOne);
  ASSERT_TRUE(prediction.ok());
  EXPECT_EQ(prediction->pcrs.at(12).at(PcrBank::kSha256),
            ExtendPcr(PcrBank::kSha256, InitialPcr(PcrBank::kSha256),
                      DigestIn(PcrBank::kSha256, std::string("1\0\0\0", 4))));
}

TEST(Prediction, AProfileCanTakeASectionAway) {
  const std::string uki = BuildPe({{".linux", "x"},
                                   {".initrd", "y"},
                                   {".profile", "ID=one"},
                                   {".initrd", ""}});
  BufferReader reader(BytesOf(uki));
  const auto found = MeasuredSections(reader, 0, 257);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->back().name, ".profile");
}

// From 261 on systemd of the initrd puts a mark between the stub's measurements
// and those of the system.
TEST(Prediction, TheSeparatorOfTheInitrd) {
  StubInputs inputs = Complete(261);
  inputs.own = ThreeImages();
  const auto unknown = PredictStub(inputs, kAll);
  ASSERT_TRUE(unknown.ok());
  EXPECT_EQ(unknown->pcrs.count(12) + unknown->pcrs.count(13), 0u);
  EXPECT_EQ(unknown->missing.at(13).size(), 1u);
  inputs.separator = true;
  const auto with = PredictStub(inputs, kAll);
  ASSERT_TRUE(with.ok());
  EXPECT_EQ(Pcr(*with, 13, PcrBank::kSha256),
            "7537d1eb9c0f3a8a346f75c220ca46a4841550346df1489c7621cdedf95860d3");
  EXPECT_EQ(Pcr(*with, 12, PcrBank::kSha256),
            "3345a4e7857aa5ae65e97702ade84a3755fd6144724779536b5773128676c99c");
  inputs.separator = false;
  const auto without = PredictStub(inputs, kAll);
  ASSERT_TRUE(without.ok());
  EXPECT_EQ(Pcr(*without, 13, PcrBank::kSha256),
            "4e464c2f0b259dc98fe2a1a6d1d1bd05a82dcb5325a8a61e6f3aebc50aee0b16");
}

TEST(Prediction, WhatIsNoKernelImageOrDependsOnTheMachine) {
  const struct {
    const char* name;
    std::string uki;
    absl::StatusCode code;
  } kCases[] = {
      {"no PE file", "hello", absl::StatusCode::kInvalidArgument},
      {"no .linux", BuildPe({{".initrd", "x"}}),
       absl::StatusCode::kInvalidArgument},
      {"an empty .linux", BuildPe({{".linux", ""}}),
       absl::StatusCode::kInvalidArgument},
      {"device trees", BuildPe({{".linux", "x"}, {".dtbauto", "y"}}),
       absl::StatusCode::kFailedPrecondition},
  };
  for (const auto& c : kCases) {
    BufferReader reader(BytesOf(c.uki));
    EXPECT_EQ(MeasuredSections(reader, 0, 257).status().code(), c.code)
        << c.name;
  }
}

TEST(Prediction, WhatCannotBeReadIsNoPrediction) {
  StubInputs inputs = Complete(257);
  inputs.own = {{"a.raw", []() -> absl::StatusOr<std::unique_ptr<ImageReader>> {
                   return absl::PermissionDeniedError("no");
                 }}};
  EXPECT_EQ(PredictStub(inputs, kAll).status().code(),
            absl::StatusCode::kPermissionDenied);
  inputs.own = {File("a.raw", "1"), File("a.raw", "2")};
  EXPECT_EQ(PredictStub(inputs, kAll).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Prediction, AsJson) {
  StubInputs inputs;
  inputs.stub = 257;
  inputs.own = {File("c.confext.raw", "cfg")};
  inputs.command_line = "";
  constexpr PcrBank kOne[] = {PcrBank::kSha1};
  const auto prediction = PredictStub(inputs, kOne);
  ASSERT_TRUE(prediction.ok());
  const std::string digest =
      absl::BytesToHexString(prediction->events[0].digests.at(PcrBank::kSha1));
  EXPECT_EQ(PredictionToJson(*prediction), R"({
 "pcrs": {
  "13": {
   "sha1": "0000000000000000000000000000000000000000"
  }
 },
 "events": [
  {
   "pcr": 12,
   "description": "Configuration extension initrd",
   "files": [
    "c.confext.raw"
   ],
   "digest": {
    "sha1": ")" + digest + R"("
   }
  }
 ],
 "missing": [
  {
   "pcr": 12,
   "part": "credentials"
  }
 ],
 "remarks": []
}
)");
}

}  // namespace
}  // namespace extgate
