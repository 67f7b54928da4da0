// What the engine asks of the world: small abstract classes, implemented by
// adapters/ on a real machine and by engine/testing/fake_host.h in memory. No
// system call happens on this side of them, no decision on the other.
#ifndef EXTGATE_ENGINE_PORTS_H_
#define EXTGATE_ENGINE_PORTS_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/confinement.h"
#include "engine/image/filesystem.h"
#include "engine/image/image_reader.h"
#include "policy/diagnostic.h"
#include "policy/facts.h"
#include "policy/policy_reader.h"
#include "policy/values.h"

namespace extgate {

// One policy source as found, before it is read as policy.
struct PolicyText {
  std::string path;
  Authority authority = Authority::kLocal;
  SourceKind kind = SourceKind::kPolicyFile;
  std::string text;
  // It is there, and could not be read; a diagnostic says why.
  bool unreadable = false;
};

// One file that should hold certificates.
struct CertificateFile {
  std::string path;
  std::string text;  // PEM
};

// Where policy and trust are written.
class PolicyPort {
 public:
  virtual ~PolicyPort() = default;

  // All sources in merge order, weakest claim first (later wins), without the
  // kernel command line. One that cannot be read says so, with the diagnostic
  // file-unreadable.
  virtual WithDiagnostics<std::vector<PolicyText>> PolicyTexts() = 0;

  // The policy file at `path`, absolute, as the policy in it says of itself
  // whether it is a cloud-config; `authority` is the caller's to know.
  // NotFound; other errors as of any file.
  virtual absl::StatusOr<PolicyText> PolicyAt(const std::string& path,
                                              Authority authority) = 0;

  // What kRunningModePath has (policy/running_mode.h). NotFound; other errors
  // as of any file.
  virtual absl::StatusOr<std::string> RunningModeText() = 0;

  // True when somebody named the sources: nothing else counts, the kernel
  // command line and the running mode included.
  virtual bool ReplacesDiscovery() = 0;

  // The *.crt files of the verity.d directories that `which` names, the first
  // of a name winning, /dev/null masking.
  virtual WithDiagnostics<std::vector<CertificateFile>> VerityDirectory(
      VerityD which) = 0;

  // The files that `pattern` (a path whose last part may be a glob) names, by
  // name. A path without a glob that is not there is a diagnostic at `span`.
  virtual WithDiagnostics<std::vector<CertificateFile>> TrustFiles(
      absl::string_view pattern, const SourceSpan& span) = 0;
};

// EFI variables.
class FirmwarePort {
 public:
  virtual ~FirmwarePort() = default;

  // True only when SecureBoot is 1, SetupMode is 0, and shim's own checks are
  // not switched off.
  virtual bool SecureBootEnforced() = 0;

  // The data of PK, KEK, db, dbx or MOK without efivarfs' four attribute bytes.
  // NotFound when there is no such variable, Unavailable when it cannot be
  // read.
  virtual absl::StatusOr<std::string> Variable(absl::string_view name) = 0;
};

// HostFacts::entry of live media, where extgate does nothing.
inline constexpr char kLiveEntry[] = "live";

// What the host is.
class HostPort {
 public:
  virtual ~HostPort() = default;
  virtual WithDiagnostics<HostFacts> Facts() = 0;
  // The kernel command line, and who speaks through it: cmdline where Secure
  // Boot vouches for the UKI that carries it, else local.
  virtual std::string CommandLine() = 0;
  virtual Authority CommandLineAuthority() = 0;
  // For the report.
  virtual std::string HostName() = 0;
  virtual std::string BootId() = 0;
  // RFC 3339, UTC.
  virtual std::string Now() = 0;
  // What stands at `path` ("usr/sbin") in the host's own tree, without what is
  // merged over it; a symlink at its end is one. NotFound: nothing;
  // PermissionDenied, Unavailable.
  virtual absl::StatusOr<FileType> TypeOf(absl::string_view path) = 0;
};

// How systemd treats the place an image was found in.
enum class Place {
  kOffered,     // a source of extgate's; systemd does not look there
  kForeign,     // somebody else's entry in a staging directory
  kSearched,    // systemd searches it after the staging directory
  kOverriding,  // systemd searches it before the staging directory
};

// The one directory of Place::kOverriding: of sysext images. systemd-sysext(8).
inline constexpr char kOverridingDirectory[] = "/etc/extensions";

// One file or directory on offer as an extension image.
struct Candidate {
  std::string path;  // below the root; shown to people
  // What its name is read from; raw bytes. The last part of `path`, or of a
  // version `NAME.raw.v/NAME_1.raw` what it stands for: `NAME.raw`.
  std::string file_name;
  ImageClass image_class = ImageClass::kSysext;
  Place place = Place::kOffered;
  Container kind = Container::kUnknown;  // kDirectory for a plain directory
  bool block_device = false;
  // The empty directory that hides its name from systemd, and so from what is
  // staged; "" when there is none. It is left then, whatever is decided.
  std::string masked_by;
  // Why systemd must not come to it where it lies, whatever is decided: it
  // would give up looking for images, or take it for another than was decided
  // about. Only a cover keeps it from it. "" when there is nothing.
  std::string hazard;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

// Where images are found.
class ImagePort {
 public:
  virtual ~ImagePort() = default;

  // All candidates for `host` (its boot entry and version of systemd) in order
  // of preference: the built-in sources first, then `more` (absolute paths of
  // directories), then what systemd would find by itself. Within a place by
  // name. A place that is not there is silent; one that cannot be read is a
  // diagnostic, and where systemd searches it a candidate without a name, with
  // a hazard.
  virtual WithDiagnostics<std::vector<Candidate>> Candidates(
      const HostFacts& host, const std::vector<std::string>& more) = 0;

  // One open descriptor for all reads of that image. Symlinks are followed
  // below the root. NotFound; FailedPrecondition: not a regular file, or a
  // symlink loop; PermissionDenied; Unavailable: I/O.
  virtual absl::StatusOr<std::unique_ptr<ImageReader>> Open(
      const Candidate& candidate) = 0;

  // Changes whenever the bytes of an image file may have: which inode, how
  // long, and when it was changed. Unimplemented for a plain directory; other
  // errors as Open.
  virtual absl::StatusOr<std::string> Stamp(const Candidate& candidate) = 0;

  // What besides the bytes of an image file systemd would read where it lies,
  // and take it for another image: "`A.roothash` changes what it is to
  // systemd". "" when there is nothing.
  virtual std::string Sidecar(const Candidate& candidate) = 0;

  // The tree of a plain directory; errors as above.
  virtual absl::StatusOr<std::unique_ptr<Filesystem>> OpenDirectory(
      const Candidate& candidate) = 0;
};

// A private file being filled; unlinked again unless committed. Several threads
// may read it, and write to it at places that do not overlap.
class PrivateFile : public ImageReader {
 public:
  // Writes all of `bytes` at `offset`. ResourceExhausted: no space left.
  virtual absl::Status WriteAt(uint64_t offset,
                               absl::Span<const uint8_t> bytes) = 0;
};

// One name in the set that systemd will merge.
struct SetEntry {
  enum class Kind {
    kImage,      // NAME.raw, a link to the private copy `target` (an address)
    kFile,       // NAME.raw, a link to the image `target` (a path) itself
    kDirectory,  // NAME, a link to the directory `target` (a path)
    kTree,       // NAME, a link to its private copy `target` (an address)
    kMask,       // NAME, an empty directory: hides NAME in lower places
  };
  Kind kind = Kind::kImage;
  std::string name;  // as systemd calls the image
  std::string target;
  friend bool operator==(const SetEntry&, const SetEntry&) = default;
  friend auto operator<=>(const SetEntry&, const SetEntry&) = default;
};

// A file of ours somewhere under /run: path below the root and content.
struct OwnedFile {
  std::string path;
  std::string content;
  friend bool operator==(const OwnedFile&, const OwnedFile&) = default;
};

// The private place for copies, the sets that systemd merges, and the files
// handed to systemd. Addresses are 64 lower-case hex digits.
class StagingPort {
 public:
  virtual ~StagingPort() = default;

  // Takes the lock that keeps two runs apart; held until the port goes away.
  // Waits for a run that copies for long (the units of both classes start at
  // once), at most ten minutes: Unavailable after that.
  virtual absl::Status Lock() = 0;

  // A new private file of `size_bytes`. ResourceExhausted when it would leave
  // the place less free space than its reserve.
  virtual absl::StatusOr<std::unique_ptr<PrivateFile>> Create(
      uint64_t size_bytes) = 0;

  // Makes `file` the private copy of that address, read-only from now on.
  virtual absl::Status Commit(PrivateFile& file, absl::string_view address) = 0;

  // Copies a plain directory, `tree` as OpenDirectory() of the same host gave
  // it, into a private place, and says its address: all that is in it, with
  // every mode, owner and attribute; no symlink is followed.
  // ResourceExhausted: no space, or more than Filesystem::Walk() would visit;
  // FailedPrecondition: something is mounted in it; Unavailable: it changed
  // meanwhile, an attribute that cannot be kept, I/O.
  virtual absl::StatusOr<std::string> CopyTree(Filesystem& tree) = 0;

  // A private copy of a plain directory. NotFound when there is none.
  virtual absl::StatusOr<std::unique_ptr<Filesystem>> OpenTree(
      absl::string_view address) = 0;

  // A committed copy. NotFound when there is none.
  virtual absl::StatusOr<std::unique_ptr<ImageReader>> OpenCopy(
      absl::string_view address) = 0;

  // Puts exactly `entries` where systemd merges images of that class, by one
  // exchange: before it the old set, after it the new one. Somebody else's
  // entries are moved to where Candidates() will offer them again; their masks
  // stay.
  virtual absl::Status Publish(ImageClass image_class,
                               const std::vector<SetEntry>& entries) = 0;

  // Keeps systemd from `directory`, one of CoverableDirectories(), by an empty
  // read-only mount over it, or takes that away again; OK when it is so
  // already. Candidates() sees what lies below in either case.
  // PermissionDenied; FailedPrecondition: not a directory; Unavailable.
  virtual absl::Status Cover(const std::string& directory) = 0;
  virtual absl::Status Uncover(const std::string& directory) = 0;

  // Removes private copies, of trees too, of other addresses, and leftovers of
  // runs that died.
  virtual absl::Status Prune(const std::set<std::string>& addresses) = 0;

  // Makes `files` the only ones of ours in /run/verity.d and in the drop-in
  // directories: each written atomically, those of an earlier run that are not
  // among them removed.
  virtual absl::Status WriteOwnedFiles(const std::vector<OwnedFile>& files) = 0;

  // True when a unit drop-in zzz-extgate.conf that is not ours in /run makes
  // the unit of that class run `extgate merge`: ours must not hide it.
  virtual bool HasPackagedDropIn(ImageClass image_class) = 0;

  // What of ours lies there now: sets, copies, owned files, the cover. Equal
  // only where nobody touched any of it in between.
  virtual std::string Snapshot() = 0;

  // Keeps the report for `status` and for the next run. NotFound when there is
  // none yet.
  virtual absl::Status WriteReport(absl::string_view json) = 0;
  virtual absl::StatusOr<std::string> ReadReport() = 0;
};

// What outlives a boot: small files of ours, by name (lower-case letters and
// hyphens). Whoever can write to /var offline can write them, so that nothing
// they say is believed more than what it was made from.
class StatePort {
 public:
  virtual ~StatePort() = default;

  // NotFound when none of that name was written; ResourceExhausted when it is
  // longer than kMaxStateBytes; PermissionDenied, Unavailable.
  virtual absl::StatusOr<std::string> ReadState(absl::string_view name) = 0;

  // Replaces it: whatever happens meanwhile, the old bytes are there or the
  // new ones. Errors as above.
  virtual absl::Status WriteState(absl::string_view name,
                                  absl::string_view bytes) = 0;
};

inline constexpr uint64_t kMaxStateBytes = 64 * 1024 * 1024;

class BootPort;         // engine/boot/boot_port.h
class MeasurementPort;  // engine/pcr/measurement_port.h

// All of them, as one run needs them.
struct Ports {
  PolicyPort& policy;
  FirmwarePort& firmware;
  HostPort& host;
  ImagePort& images;
  StagingPort& staging;
  Confinement& confinement;
  StatePort& state;
  BootPort* boot = nullptr;                // where no boot loader is known
  MeasurementPort* measurement = nullptr;  // where nothing is to be measured
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PORTS_H_
