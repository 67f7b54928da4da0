// A child process that can read one image and do nothing else.
#ifndef EXTGATE_ADAPTERS_CONFINED_PROCESS_H_
#define EXTGATE_ADAPTERS_CONFINED_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/confinement.h"
#include "engine/image/image_reader.h"

namespace extgate {

// What one child may use up. A reader of a valid image of any size stays far
// below: what it keeps of a filesystem is bounded by the filesystem readers.
struct ConfinedLimits {
  uint64_t memory_bytes = uint64_t{256} << 20;  // of private writable memory
  std::chrono::milliseconds time{30'000};       // from start to end
  uint64_t result_bytes = uint64_t{16} << 20;   // of all parts together
};

// Forks for each run. The child keeps no descriptor but the image's, for
// reading, and the pipe's that its parts go through; is left the few system
// calls of reader_filter.h; has no privileges to gain, no core to dump, and
// dies with this process. It inherits what this process holds in memory, so a
// reader that was taken over knows the policy and the other certificates, none
// of which is a secret. Only where this process has no other thread: the child
// would inherit locks that nobody opens.
class ConfinedProcess : public Confinement {
 public:
  explicit ConfinedProcess(const ConfinedLimits& limits = {});
  ~ConfinedProcess() override;

  std::unique_ptr<ConfinedRun> Start(ImageReader& image, Work work) override;

  // As many as there are processors to run on, up to 4.
  size_t lanes() const override { return lanes_; }

 private:
  class Run;

  // Takes the exit status of those that have ended by now.
  void ReapEnded();

  const ConfinedLimits limits_;
  const size_t lanes_;
  std::vector<pid_t> ended_;  // children that said all, to be reaped
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CONFINED_PROCESS_H_
