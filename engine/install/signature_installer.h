// A signature for registers of the TPM (tpm2-pcr-signature.json), put where a
// boot of the entries it is for finds it before it unlocks its disks.
#ifndef EXTGATE_ENGINE_INSTALL_SIGNATURE_INSTALLER_H_
#define EXTGATE_ENGINE_INSTALL_SIGNATURE_INSTALLER_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/install/install_port.h"
#include "engine/install/installation.h"

namespace extgate {

// Thread-compatible. What it is given must outlive it.
class SignatureInstaller {
 public:
  explicit SignatureInstaller(InstallPort& places) : places_(places) {}

  // Puts `json`, the content of `source`, beside the kernel images of
  // `entries`; where none is named, of `active` and `passive`, as far as there
  // are such. systemd looks at one such file only: so what a kernel image
  // carries for itself (.pcrsig) and `json` lacks is added to the file beside
  // it. There has to be room for all of them before the first is written; what
  // is refused or fails does not keep the others from being written.
  //
  // Errors, nothing was written: InvalidArgument: `json` is no such file, or
  // has no policy; ResourceExhausted: no room; those of InstallPort::Entries.
  absl::StatusOr<Installation> Install(absl::string_view source,
                                       const std::string& json,
                                       const std::vector<std::string>& entries,
                                       bool dry_run);

  // Takes the files from beside the kernel images of `entries`; where none is
  // named, of all. What was done is added to `done`; where there is no file one
  // row says so, and where nobody can tell one that failed. Errors of
  // InstallPort::Entries.
  absl::Status Remove(const std::vector<std::string>& entries, bool dry_run,
                      Installation& done);

  // The files that there are, by entry, also where entries share one; where
  // nobody can tell a row that failed. Errors of InstallPort::Entries.
  absl::StatusOr<Installation> List();

 private:
  // Does something in a place, and tells of it by the row. Its error makes the
  // row one that failed.
  using Visit =
      absl::FunctionRef<absl::Status(const InstallPlace&, PlacedImage&)>;

  // Each place of `entries` once, with its row in `done`, which is refused
  // until `visit` says something else. An entry without a place is refused.
  void Walk(const std::vector<std::string>& entries, Installation& done,
            Visit visit);
  // The content of the file in `place`; `row` says what becomes of what is
  // there, or why it is refused.
  absl::StatusOr<std::string> Plan(const InstallPlace& place,
                                   const std::string& json, PlacedImage& row);
  // A row for the file in `place` of `entry`, where there is one or it cannot
  // be looked at; nullptr where there is none.
  PlacedImage* Look(const std::string& entry, const InstallPlace& place,
                    Installation& found);
  void TakeRemarks(Installation& done);

  InstallPort& places_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_SIGNATURE_INSTALLER_H_
