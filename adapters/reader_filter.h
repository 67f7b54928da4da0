// The system calls that are left to a process which reads hostile bytes.
#ifndef EXTGATE_ADAPTERS_READER_FILTER_H_
#define EXTGATE_ADAPTERS_READER_FILTER_H_

namespace extgate {

// Puts a seccomp filter on this process that nothing takes off again: what is
// left is pread and write on the descriptors that are open, memory that cannot
// be run, and the end. Anything else kills the process (SIGSYS). The caller
// sees to it that nothing but what it may read and write is open. False when
// the kernel refuses. True without a filter only where there is none to be had:
// the kernel has no seccomp filters (also where this program is emulated), or
// the architecture is none of those with a table here. Format: linux/seccomp.h;
// kernel Documentation/userspace-api/seccomp_filter.rst.
bool EnterReaderFilter();

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_READER_FILTER_H_
