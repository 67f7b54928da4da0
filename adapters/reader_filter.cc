// Way in: EnterReaderFilter. One constant program: to have a library put it
// together takes longer than all else that a confined look does.
#include "adapters/reader_filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace extgate {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
constexpr uint32_t kArchitecture = AUDIT_ARCH_RISCV64;
#else
constexpr uint32_t kArchitecture = 0;
#endif

// On x86-64 a call of the x32 table has this bit in its number.
constexpr uint32_t kOtherTable = 0x40000000;

// Harmless whatever their arguments. No descriptor but the image's, which is
// open for reading, and the pipe's, for writing, is there to be named.
constexpr uint32_t kAllowed[] = {
    SYS_pread64,
    SYS_write,
    SYS_fadvise64,
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_futex,
    SYS_exit_group,
    SYS_rt_sigreturn,
    SYS_clock_gettime,
    SYS_getpid,
    SYS_gettid,
    SYS_getrandom,
    SYS_sched_yield,
#if defined(__SANITIZE_ADDRESS__)
    // What the sanitizers' own checks call: whether memory can be read is found
    // out by writing it to a pipe, and an exception changes the signal stack.
    SYS_pipe2,
    SYS_close,
    SYS_sigaltstack,
#endif
};

constexpr sock_filter Load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}

// The low half of argument `number`; flags have no bits in the other.
constexpr sock_filter LoadArgument(size_t number) {
  constexpr size_t kLow = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4;
  return Load(offsetof(seccomp_data, args) + number * sizeof(uint64_t) + kLow);
}

// Goes on behind the next `yes` instructions if it holds, else behind `no`.
constexpr sock_filter Jump(uint16_t test, uint32_t value, uint8_t yes,
                           uint8_t no) {
  return BPF_JUMP(static_cast<uint16_t>(BPF_JMP | test | BPF_K), value, yes,
                  no);
}

constexpr sock_filter Return(uint32_t verdict) {
  return BPF_STMT(BPF_RET | BPF_K, verdict);
}

constexpr size_t kCalls = std::size(kAllowed);
constexpr size_t kSize = 3 + 1 + kCalls + 2 + 2 + 4 + 2;

constexpr std::array<sock_filter, kSize> Program() {
  std::array<sock_filter, kSize> program{};
  size_t at = 0;
  const auto add = [&](const sock_filter& instruction) {
    program[at++] = instruction;
  };
  // The last two instructions.
  constexpr size_t kKill = kSize - 2;
  constexpr size_t kAllow = kSize - 1;
  const auto to = [&](size_t target) {
    return static_cast<uint8_t>(target - at - 1);
  };
  add(Load(offsetof(seccomp_data, arch)));
  add(Jump(BPF_JEQ, kArchitecture, 0, to(kKill)));
  add(Load(offsetof(seccomp_data, nr)));
  add(Jump(BPF_JGE, kOtherTable, to(kKill), 0));
  for (uint32_t call : kAllowed) add(Jump(BPF_JEQ, call, to(kAllow), 0));
  constexpr size_t kProtect = kSize - 2 - 2;  // loads mprotect's protection
  constexpr size_t kMap = kProtect - 4;
  add(Jump(BPF_JEQ, SYS_mmap, to(kMap), 0));
  add(Jump(BPF_JEQ, SYS_mprotect, to(kProtect), to(kKill)));
  // kMap: none that runs, and none of a file.
  add(LoadArgument(2));
  add(Jump(BPF_JSET, PROT_EXEC, to(kKill), 0));
  add(LoadArgument(3));
  add(Jump(BPF_JSET, MAP_ANONYMOUS, to(kAllow), to(kKill)));
  // kProtect.
  add(LoadArgument(2));
  add(Jump(BPF_JSET, PROT_EXEC, to(kKill), to(kAllow)));
  add(Return(SECCOMP_RET_KILL_PROCESS));
  add(Return(SECCOMP_RET_ALLOW));
  return program;
}

}  // namespace

bool EnterReaderFilter() {
  if (kArchitecture == 0) return true;
  static constexpr std::array<sock_filter, kSize> kProgram = Program();
  sock_fprog program = {kProgram.size(),
                        const_cast<sock_filter*>(kProgram.data())};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno == EINVAL;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ||
         errno == EINVAL || errno == ENOSYS;
}

}  // namespace extgate
