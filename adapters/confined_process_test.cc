// What a confined reader can do, and what becomes of it when it tries more.
// Every case is a real child process.
#include "adapters/confined_process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/file_image_reader.h"
#include "adapters/testing/temp_root.h"
#include "engine/image/buffer_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ConfinedProcessTest : public testing::Test {
 protected:
  ConfinedProcessTest() {
    root_.File("/image.raw", "0123456789");
    root_.File("/other", "secret");
    image_ = *FileImageReader::Open(root_.places().root(), "/image.raw");
  }

  // Those that said all may still be on their way out.
  ~ConfinedProcessTest() override {
    while (waitpid(-1, nullptr, 0) > 0) {
    }
  }

  absl::StatusOr<std::vector<std::string>> Run(
      Confinement::Work work, const ConfinedLimits& limits = {}) {
    ConfinedProcess confinement(limits);
    return confinement.Start(*image_, work)->Finish();
  }

  // The child does `what`, which it must not survive.
  void ExpectKilled(const char* name, const std::function<void()>& what) {
    const auto parts = Run([&](ImageReader&, const Confinement::Emit& emit) {
      what();
      emit("survived");
    });
    EXPECT_EQ(parts.status().code(), absl::StatusCode::kUnavailable) << name;
    EXPECT_THAT(std::string(parts.status().message()),
                HasSubstr("asked the system for what no reader needs"))
        << name;
  }

  TempRoot root_;
  std::unique_ptr<FileImageReader> image_;
};

TEST_F(ConfinedProcessTest, ReadsTheImageAndHandsOverParts) {
  const auto parts = Run([](ImageReader& image, const Confinement::Emit& emit) {
    std::vector<uint8_t> out(4);
    ASSERT_TRUE(image.ReadAt(3, absl::MakeSpan(out)).ok());
    emit(std::string(out.begin(), out.end()));
    emit("");
    emit(std::string(3 << 20, 'x'));  // more than a pipe holds
    emit(image.ReadAt(8, absl::MakeSpan(out)).ToString());
  });
  ASSERT_TRUE(parts.ok()) << parts.status();
  ASSERT_THAT(*parts, SizeIs(4));
  EXPECT_EQ((*parts)[0], "3456");
  EXPECT_EQ((*parts)[1], "");
  EXPECT_EQ((*parts)[2], std::string(3 << 20, 'x'));
  EXPECT_THAT((*parts)[3], HasSubstr("OUT_OF_RANGE"));
}

TEST_F(ConfinedProcessTest, ReadsAheadInLargeImages) {
  root_.File("/large.raw", std::string(4 << 20, 'l'));
  image_ = *FileImageReader::Open(root_.places().root(), "/large.raw");
  const auto parts = Run([](ImageReader& image, const Confinement::Emit& emit) {
    std::vector<uint8_t> out(1 << 20);
    for (uint64_t offset = 0; offset < image.size_bytes(); offset += 1 << 20) {
      ASSERT_TRUE(image.ReadAt(offset, absl::MakeSpan(out)).ok());
    }
    emit("done");
  });
  ASSERT_TRUE(parts.ok()) << parts.status();
  EXPECT_THAT(*parts, ElementsAre("done"));
}

TEST_F(ConfinedProcessTest, WhatItChangesIsNotSeenHere) {
  int value = 1;
  ASSERT_TRUE(
      Run([&](ImageReader&, const Confinement::Emit&) { value = 2; }).ok());
  EXPECT_EQ(value, 1);
}

TEST_F(ConfinedProcessTest, AnImageInMemoryNeedsNoDescriptor) {
  const std::vector<uint8_t> bytes = {'a', 'b'};
  BufferReader image(bytes);
  ConfinedProcess confinement;
  const auto parts =
      confinement
          .Start(image,
                 [](ImageReader& reader, const Confinement::Emit& emit) {
                   std::vector<uint8_t> out(2);
                   ASSERT_TRUE(reader.ReadAt(0, absl::MakeSpan(out)).ok());
                   emit(std::string(out.begin(), out.end()));
                 })
          ->Finish();
  ASSERT_TRUE(parts.ok()) << parts.status();
  EXPECT_THAT(*parts, ElementsAre("ab"));
}

TEST_F(ConfinedProcessTest, AsksTheSystemForNothingElse) {
  const std::string other = root_.At("/other");
  ExpectKilled("open", [&] { open(other.c_str(), O_RDONLY); });
  ExpectKilled("unlink", [&] { unlink(other.c_str()); });
  ExpectKilled("socket", [] { socket(AF_UNIX, SOCK_STREAM, 0); });
  ExpectKilled("fork", [] { fork(); });
  ExpectKilled("exec", [] { execl("/bin/true", "true", nullptr); });
  ExpectKilled("kill its parent", [] { kill(getppid(), SIGKILL); });
  ExpectKilled("change the image", [&] { (void)!ftruncate(image_->fd(), 0); });
  ExpectKilled("map the image", [&] {
    mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, image_->fd(), 0);
  });
  ExpectKilled("memory that runs", [] {
    mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  });
  ExpectKilled("make memory run", [] {
    void* const page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page, 4096, PROT_READ | PROT_EXEC);
  });
  ExpectKilled("lift its limit",
               [] { syscall(SYS_prlimit64, 0, 0, nullptr, nullptr); });
  EXPECT_EQ(root_.Read("/image.raw"), "0123456789");
  EXPECT_EQ(root_.Read("/other"), "secret");
}

TEST_F(ConfinedProcessTest, NoOtherDescriptorIsThere) {
  const int other = open(root_.At("/other").c_str(), O_RDONLY);
  ASSERT_GE(other, 0);
  const int far = dup2(other, other + 100);
  const auto parts = Run([&](ImageReader&, const Confinement::Emit& emit) {
    char byte;
    for (int fd = 0; fd < 200; ++fd) {
      if (pread(fd, &byte, 1, 0) >= 0) emit(absl::StrCat("read ", fd));
    }
    emit(write(image_->fd(), "x", 1) < 0 && errno == EBADF ? "read only" : "");
  });
  ASSERT_TRUE(parts.ok()) << parts.status();
  EXPECT_THAT(*parts,
              ElementsAre(absl::StrCat("read ", image_->fd()), "read only"));
  close(other);
  close(far);
}

TEST_F(ConfinedProcessTest, ACrashIsSaid) {
  const auto parts = Run([](ImageReader&, const Confinement::Emit& emit) {
    emit("before");
    signal(SIGSEGV, SIG_DFL);
  });
  EXPECT_FALSE(parts.ok()) << "sigaction is none of a reader's business";
  const auto killed = Run([](ImageReader&, const Confinement::Emit& emit) {
    emit("before");
    __builtin_trap();
  });
  EXPECT_EQ(killed.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(killed.status().message()), HasSubstr("killed"));
}

TEST_F(ConfinedProcessTest, AnExceptionIsSaid) {
  const auto parts = Run([](ImageReader&, const Confinement::Emit&) {
    throw std::string("nobody catches me");
  });
  EXPECT_EQ(parts.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(parts.status().message()),
              HasSubstr("the reader of its content failed"));
}

TEST_F(ConfinedProcessTest, TimeIsBounded) {
  ConfinedLimits limits;
  limits.time = std::chrono::milliseconds(100);
  const auto parts = Run(
      [](ImageReader&, const Confinement::Emit&) {
        volatile bool busy = true;
        while (busy) {
        }
      },
      limits);
  EXPECT_EQ(parts.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(parts.status().message()),
              HasSubstr("took longer than 100 ms"));
}

TEST_F(ConfinedProcessTest, TimeIsBoundedWhileItTalks) {
  ConfinedLimits limits;
  limits.time = std::chrono::milliseconds(100);
  limits.result_bytes = UINT64_MAX;
  const auto parts = Run(
      [](ImageReader&, const Confinement::Emit& emit) {
        while (true) emit("x");
      },
      limits);
  EXPECT_THAT(std::string(parts.status().message()),
              HasSubstr("took longer than 100 ms"));
}

TEST_F(ConfinedProcessTest, TheResultIsBounded) {
  ConfinedLimits limits;
  limits.result_bytes = 1000;
  const auto parts = Run(
      [](ImageReader&, const Confinement::Emit& emit) {
        for (int i = 0; i < 1000; ++i) emit("0123456789");
      },
      limits);
  EXPECT_EQ(parts.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(parts.status().message()),
              HasSubstr("said more than 1000 bytes"));
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_F(ConfinedProcessTest, MemoryIsBounded) {
  ConfinedLimits limits;
  limits.memory_bytes = uint64_t{64} << 20;
  const auto parts = Run(
      [](ImageReader&, const Confinement::Emit& emit) {
        std::vector<std::unique_ptr<char[]>> blocks;
        for (int i = 0; i < 1000; ++i) {
          blocks.push_back(std::make_unique<char[]>(1 << 20));
        }
        emit("all there");
      },
      limits);
  EXPECT_EQ(parts.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(parts.status().message()),
              HasSubstr("needed more than 64 MiB of memory"));
}
#endif

TEST_F(ConfinedProcessTest, EndingEarlyIsCutShort) {
  const auto parts = Run([](ImageReader&, const Confinement::Emit& emit) {
    emit("half");
    syscall(SYS_exit_group, 0);
  });
  EXPECT_EQ(parts.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(parts.status().message()), HasSubstr("cut short"));
}

TEST_F(ConfinedProcessTest, ForgedLengthsAreRefused) {
  // What a reader that was taken over could write itself: the pipe's end is the
  // only descriptor it has that can be written.
  for (const std::string& bytes :
       {std::string("\xff\xff\xff\xff", 4) + "x",
        std::string("\x05\0\0\0ab", 6), std::string("\xfe\xff\xff\xff", 4),
        std::string("ab")}) {
    const auto parts = Run([&](ImageReader&, const Confinement::Emit&) {
      for (int fd = 3; fd < 64; ++fd) {
        if (fd == image_->fd()) continue;
        // The filter lets writes to the pipe alone pass; find it by trying its
        // number, which follows from the order in which it was opened.
        if (fd == image_->fd() + 2) {
          (void)!write(fd, bytes.data(), bytes.size());
          syscall(SYS_exit_group, 0);
        }
      }
    });
    EXPECT_EQ(parts.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(parts.status().message()), HasSubstr("cut short"));
  }
}

TEST_F(ConfinedProcessTest, SeveralRunAtATime) {
  ConfinedProcess confinement;
  EXPECT_GE(confinement.lanes(), 1u);
  std::vector<std::unique_ptr<ConfinedRun>> runs;
  for (int i = 0; i < 5; ++i) {
    runs.push_back(confinement.Start(
        *image_, [&](ImageReader& image, const Confinement::Emit& emit) {
          std::vector<uint8_t> out(1);
          if (!image.ReadAt(static_cast<uint64_t>(i), absl::MakeSpan(out)).ok())
            return;
          emit(std::string(out.begin(), out.end()));
        }));
  }
  for (int i = 4; i >= 0; --i) {
    const auto parts = runs[static_cast<size_t>(i)]->Finish();
    ASSERT_TRUE(parts.ok()) << parts.status();
    EXPECT_THAT(*parts, ElementsAre(absl::StrCat(i)));
  }
}

TEST_F(ConfinedProcessTest, LettingGoEndsIt) {
  ConfinedProcess confinement;
  auto run =
      confinement.Start(*image_, [](ImageReader&, const Confinement::Emit&) {
        volatile bool busy = true;
        while (busy) {
        }
      });
  run.reset();
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(ConfinedProcessTest, ManyRunsLeaveNothingBehind) {
  const int before = dup(0);
  close(before);
  {
    ConfinedProcess confinement;
    for (int i = 0; i < 50; ++i) {
      const auto parts =
          confinement
              .Start(*image_,
                     [&](ImageReader&, const Confinement::Emit& emit) {
                       emit(absl::StrCat(i));
                     })
              ->Finish();
      ASSERT_TRUE(parts.ok()) << parts.status();
      EXPECT_THAT(*parts, ElementsAre(absl::StrCat(i)));
    }
  }
  const int after = dup(0);
  close(after);
  EXPECT_EQ(before, after) << "descriptors leak";
  int left = 0;
  while (waitpid(-1, nullptr, 0) > 0) ++left;
  EXPECT_LT(left, 40) << "they are not reaped as they end";
}

}  // namespace
}  // namespace extgate
