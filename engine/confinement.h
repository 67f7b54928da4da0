// Where hostile bytes are parsed: filesystems inside images and PKCS#7, whose
// readers are large or not ours.
#ifndef EXTGATE_ENGINE_CONFINEMENT_H_
#define EXTGATE_ENGINE_CONFINEMENT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Work that runs, or has run, in confinement. To let go of it ends it.
class ConfinedRun {
 public:
  virtual ~ConfinedRun() = default;

  // Waits for its end; call once. What it emitted, part by part. A part that
  // was emitted stands: what is read later cannot take it back. Believe it as
  // far as the bytes that were read until then may be believed.
  // Unavailable: it died, or it exceeded its time, its memory or the size of
  // its result; the message says which.
  virtual absl::StatusOr<std::vector<std::string>> Finish() = 0;
};

// Implemented by adapters/confined_process.h. Not thread-safe; must outlive its
// runs.
class Confinement {
 public:
  // Hands over one part of a result.
  using Emit = absl::FunctionRef<void(absl::string_view part)>;
  using Work = absl::FunctionRef<void(ImageReader& image, const Emit& emit)>;

  virtual ~Confinement() = default;

  // Starts `work` on `image` where it can read that image and do nothing else,
  // with what this process knows by now; nothing that it changes is seen here.
  // `image` must outlive the run. A failure to start is one of the run.
  virtual std::unique_ptr<ConfinedRun> Start(ImageReader& image, Work work) = 0;

  // How many runs are worth having at a time, at least 1.
  virtual size_t lanes() const = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CONFINEMENT_H_
