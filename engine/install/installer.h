// Images put where the next boots of the entries they are for will find them.
#ifndef EXTGATE_ENGINE_INSTALL_INSTALLER_H_
#define EXTGATE_ENGINE_INSTALL_INSTALLER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/install/install_port.h"
#include "engine/install/install_steps.h"
#include "engine/install/installation.h"
#include "engine/pipeline.h"
#include "engine/policy_loader.h"
#include "engine/ports.h"
#include "engine/report.h"

namespace extgate {

struct InstallChoice {
  // Words of entries in place of what the policy says; empty: as it says.
  std::vector<std::string> entries;
  bool dry_run = false;  // decide and see whether there is room, no more
  // Told of long copies: the image's path, bytes done, bytes in all.
  std::function<void(const std::string& path, uint64_t done, uint64_t total)>
      progress;
};

// An installation before anything is written.
struct InstallPlan {
  std::vector<Candidate> candidates;  // under the names that they get
  std::vector<ImageFacts> facts;      // of each, by its index
  Installation installation;          // a row an image and place
  std::vector<InstallStep> steps;
};

// Thread-compatible. What it is given must outlive it.
class Installer {
 public:
  // `host` is this boot's; ports.images are its places.
  Installer(const Ports& ports, InstallPort& places, const HostFacts& host,
            const LoadedPolicy& loaded)
      : ports_(ports), places_(places), host_(host), loaded_(loaded) {}

  // Decides about each of `candidates`, which `given` opens, as a boot of each
  // entry that it is for would, and puts it there.
  //
  // It is for the entries that the policy's `entries` give to its name; where
  // none does, for `active` and `passive`, as far as there are such. What the
  // mode would withhold is refused. That it is for another OS counts in the
  // booted entry alone: another entry may have another OS. There has to be room
  // for all of it before anything is written. The bytes are checked against the
  // hash tree on the way. What is refused or fails does not keep the others
  // from being installed, and an entry that was blessed and is another one now
  // is counted again (boot/rearm.h).
  //
  // Errors: ResourceExhausted: no room, and nothing was written; those of
  // InstallPort::Entries.
  absl::StatusOr<Installation> Install(ImagePort& given,
                                       std::vector<Candidate> candidates,
                                       const InstallChoice& choice);

  // What Install() would do, from the same looks and decisions, whose data it
  // checks against the hash tree as it copies: that alone may still refuse
  // some. Errors as of Install().
  absl::StatusOr<InstallPlan> PlanInstall(ImagePort& given,
                                          std::vector<Candidate> candidates,
                                          const InstallChoice& choice);

  // Takes the images called `names` from the places of choice.entries; where
  // none is named, of all. In enforcing it refuses to take what a rule requires
  // in a boot of that entry. A name that is nowhere is refused, without an
  // entry. Errors of InstallPort::Entries.
  absl::StatusOr<Installation> Remove(const std::vector<std::string>& names,
                                      const InstallChoice& choice);

  // A report an entry: what its boot would find and do, but for what only this
  // boot was handed and what lies below /run. Errors of InstallPort::Entries.
  absl::StatusOr<std::vector<Report>> List();

 private:
  // A file that is an image called `name`.
  struct LyingImage {
    std::string name;
    ImageClass image_class = ImageClass::kSysext;
    std::string entry;
    InstallPlace place;
    InstalledFile file;
  };

  DecisionContext Context() const {
    return {loaded_.policy, loaded_.trust, host_, &ports_.host};
  }
  // This machine as a boot of `entry` would find it.
  HostFacts HostOf(const std::string& entry) const;
  // Decides about an image as a boot of row.entry would, for `row`. Why it is
  // not to be installed; "" where it is.
  std::string Decide(const ImageFacts& facts, const SignatureStanding& standing,
                     PlacedImage& row) const;
  // The files that are images called one of `names`, where `choice` means,
  // `entries` being all. A place that cannot be looked at is remarked upon.
  std::vector<LyingImage> Named(const std::vector<std::string>& names,
                                std::vector<std::string> entries,
                                const InstallChoice& choice,
                                Installation& done);
  // The same of one place, that of `image`, to `found`.
  absl::Status AddNamed(const std::vector<std::string>& names, LyingImage image,
                        std::vector<LyingImage>& found);
  std::vector<DecidedImage> ImagesIn(const std::string& entry);
  // Whether a boot of `entry` without the image `name` would lack more of what
  // rules require.
  bool WouldMissMore(const std::string& name, const std::string& entry);
  void Finish(bool changed, Installation& done);

  const Ports& ports_;
  InstallPort& places_;
  const HostFacts& host_;
  const LoadedPolicy& loaded_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_INSTALLER_H_
