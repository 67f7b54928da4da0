#include "adapters/varlink_call.h"

#include <string>
#include <utility>

#include "adapters/testing/software_tpm.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Milliseconds(300);
const std::string kNul(1, '\0');

class VarlinkCallTest : public ::testing::Test {
 protected:
  // Calls a service that answers by `pieces`, and then by nothing more.
  absl::Status Call(std::vector<std::string> pieces,
                    ScriptedServer::End end = ScriptedServer::End::kSilent) {
    ScriptedServer service({std::move(pieces)}, end);
    TempRoot root;
    root.Symlink(service.path(), "/run/systemd/service");
    const absl::Status called =
        CallVarlink(root.places().run() / "systemd/service", "org.example.Do",
                    "{\"a\":1}", kPatience);
    received_ = service.Received();
    return called;
  }

  void ExpectUnavailable(const absl::Status& status, const char* why) {
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
  }

  std::string received_;
};

TEST_F(VarlinkCallTest, SaysWhatToDoAndTakesTheAnswer) {
  EXPECT_TRUE(Call({"{\"parameters\":{}}" + kNul}).ok());
  EXPECT_EQ(received_,
            "{\"method\":\"org.example.Do\",\"parameters\":{\"a\":1}}" + kNul);
  // In pieces, without parameters, and with more behind it.
  EXPECT_TRUE(Call({"{", "}", kNul + "more"}).ok());
}

TEST_F(VarlinkCallTest, AnErrorHasItsName) {
  const absl::Status odd =
      Call({"{\"error\":\"org.example.No\x07Such\",\"parameters\":{}}" + kNul});
  EXPECT_TRUE(absl::IsFailedPrecondition(odd)) << odd;
  EXPECT_THAT(std::string(odd.message()), HasSubstr("No\\x07Such"));
  const absl::Status named = Call(
      {"{\"error\":\"org.example.NoSuch\",\"parameters\":{\"b\":2}}" + kNul});
  EXPECT_TRUE(absl::IsFailedPrecondition(named)) << named;
  EXPECT_THAT(std::string(named.message()), HasSubstr(" says org.example.NoS"));
}

TEST_F(VarlinkCallTest, WhatIsNoAnswerIsSaid) {
  using End = ScriptedServer::End;
  ExpectUnavailable(Call({"{\"parameters\":{}}"}), "does not answer");
  ExpectUnavailable(Call({"{\"parameters\""}, End::kClosed),
                    "ended without an answer");
  ExpectUnavailable(Call({"[]" + kNul}), "answers what is not a JSON object");
  ExpectUnavailable(Call({kNul}), "answers what is not a JSON object");
  ExpectUnavailable(Call({std::string(200000, ' ')}), "without an end");
}

TEST_F(VarlinkCallTest, WhereNobodyListens) {
  TempRoot root;
  const HostPath socket = root.places().run() / "systemd/service";
  EXPECT_TRUE(absl::IsNotFound(CallVarlink(socket, "a", "{}", kPatience)));
  root.Directory("/run/systemd");
  EXPECT_TRUE(absl::IsNotFound(CallVarlink(socket, "a", "{}", kPatience)));
  root.Socket("/run/systemd/service");
  ExpectUnavailable(CallVarlink(socket, "a", "{}", kPatience), "connect to");
  root.Remove("/run/systemd/service");
  root.File("/run/systemd/service");
  ExpectUnavailable(CallVarlink(socket, "a", "{}", kPatience), "connect to");
}

}  // namespace
}  // namespace extgate
