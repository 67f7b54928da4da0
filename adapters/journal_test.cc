#include "adapters/journal.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/login_message.h"
#include "adapters/testing/temp_root.h"
#include "adapters/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

Notice Some(const std::string& message = "two words") {
  return {message, kMessageDone, Priority::kInfo, {{"EXTGATE_MODE", "x"}}};
}

TEST(JournalTest, WritesEachFieldAsALine) {
  EXPECT_EQ(JournalDatagram(Some()),
            absl::StrCat("MESSAGE=two words\nMESSAGE_ID=", kMessageDone,
                         "\nPRIORITY=6\nSYSLOG_IDENTIFIER=extgate\n"
                         "EXTGATE_MODE=x\n"));
}

// Else a value could say another field.
TEST(JournalTest, AValueOfSeveralLinesHasItsLength) {
  Notice notice = Some();
  notice.fields = {{"EXTGATE_PATH", "a\nPRIORITY=0"}};
  const std::string sent = JournalDatagram(notice);
  const std::string field("EXTGATE_PATH\n\x0c\0\0\0\0\0\0\0a\nPRIORITY=0\n",
                          34);
  EXPECT_NE(sent.find(field), std::string::npos);
}

TEST(JournalTest, AKernelLineIsOne) {
  EXPECT_EQ(KernelLine(Some("a\nb")), "<6>extgate: a b\n");
  EXPECT_LE(KernelLine(Some(std::string(5000, 'x'))).size(), 1000u);
}

// A socket like journald's.
class Listener {
 public:
  explicit Listener(const TempRoot& root)
      : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    root.Directory("/run/systemd/journal");
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    EXPECT_EQ(chdir(root.At("/run/systemd/journal").c_str()), 0);
    std::strcpy(address.sun_path, "socket");
    EXPECT_EQ(
        bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)),
        0);
  }
  std::vector<std::string> Received() {
    std::vector<std::string> received;
    char buffer[4096];
    for (ssize_t size; (size = read(fd_.get(), buffer, sizeof(buffer))) > 0;) {
      received.emplace_back(buffer, static_cast<size_t>(size));
    }
    return received;
  }

 private:
  UniqueFd fd_;
};

TEST(JournalTest, SendsToJournald) {
  TempRoot root;
  root.File("/dev/kmsg", "");
  Listener journald(root);
  ASSERT_TRUE(SendNotices(root.places(), {Some("a"), Some("b")}).ok());
  EXPECT_THAT(journald.Received(), ElementsAre(StartsWith("MESSAGE=a\n"),
                                               StartsWith("MESSAGE=b\n")));
  EXPECT_EQ(root.Read("/dev/kmsg"), "");
}

TEST(JournalTest, NobodyIsWaitedFor) {
  TempRoot root;
  Listener journald(root);
  const std::vector<Notice> many(5000, Some());
  EXPECT_FALSE(SendNotices(root.places(), many).ok());
  EXPECT_THAT(journald.Received(), Not(SizeIs(0)));
}

TEST(JournalTest, WithoutJournaldTheKernelIsTold) {
  TempRoot root;
  root.File("/dev/kmsg", "");
  const std::vector<Notice> many(50, Some());
  ASSERT_TRUE(SendNotices(root.places(), many).ok());
  EXPECT_THAT(root.Read("/dev/kmsg"), StartsWith("<6>extgate: two words\n"));
  EXPECT_LE(root.Read("/dev/kmsg").size(), 8 * KernelLine(Some()).size());
  TempRoot empty;
  EXPECT_TRUE(absl::IsNotFound(SendNotices(empty.places(), many)));
}

TEST(LoginMessageTest, IsThereAsLongAsSomethingIsWrong) {
  TempRoot root;
  ASSERT_TRUE(WriteLoginMessage(root.places(), "").ok());
  EXPECT_FALSE(root.Exists("/run/motd.d"));
  ASSERT_TRUE(WriteLoginMessage(root.places(), "one").ok());
  ASSERT_TRUE(WriteLoginMessage(root.places(), "two").ok());
  EXPECT_EQ(root.Read("/run/motd.d/extgate"), "two\n");
  root.File("/run/motd.d/other", "x");
  ASSERT_TRUE(WriteLoginMessage(root.places(), "").ok());
  EXPECT_THAT(root.Tree("/run/motd.d"), ElementsAre("other"));
  ASSERT_TRUE(WriteLoginMessage(root.places(), "").ok());
}

}  // namespace
}  // namespace extgate
