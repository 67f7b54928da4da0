// One way in: AdviceOn.
#include "engine/remedy/remedies.h"

namespace extgate {

std::string AdviceOn(ReasonCode code) {
  switch (code) {
    case ReasonCode::kUnsigned:
      return "have it signed by somebody whom the policy trusts; it trusts "
             "nobody at present, or what else is listed stands in the way";
    case ReasonCode::kSignatureInvalid:
      return "no change of policy helps: the signature is not one of this "
             "content, so nobody knows whose it is; get a good copy from "
             "where it was built";
    case ReasonCode::kSignerUntrusted:
      return "the signature carries no certificate that could be shown: get "
             "it, or its fingerprint, from whoever built the image";
    case ReasonCode::kSignerRevoked:
      return "no change of policy is offered: whoever revoked the key says "
             "that others may sign with it; get a build that is signed by "
             "another key";
    case ReasonCode::kSignerExpired:
      return "get a build that is signed with a certificate that is still "
             "valid, and see that the policy trusts it; if the clock is wrong, "
             "set it: `extgate explain signer-expired` says what else counts";
    case ReasonCode::kRootHashMismatch:
      return "no change of policy helps: the image names another content than "
             "it has; get a good copy from where it was built";
    case ReasonCode::kImagePolicy:
      return "the image has partitions, or attributes of them, that the image "
             "policy does not take: build it with a data, a verity and a "
             "signature partition alone, as systemd-repart does";
    case ReasonCode::kDeniedByRule:
      return "the rule could not be found in a file: see `extgate status` for "
             "where policy comes from";
    case ReasonCode::kNoMatchingRule:
      return "the policy lists what is allowed, and a directory has no content "
             "that a rule could name: build an image of it";
    case ReasonCode::kVersionOutOfRange:
      return "install a version that the rule takes, or widen the `version` of "
             "that rule";
    case ReasonCode::kDigestMismatch:
      return "install the content that the rule names, or name this one's "
             "hash in that rule";
    case ReasonCode::kNameMismatch:
      return "systemd takes no image of this file name: end it in `.raw`, "
             "after the name of the extension-release inside, and run "
             "`extgate explain` again";
    case ReasonCode::kForbiddenContent:
      return "get a build without these files; what a rule forbids by its "
             "`content` that rule can let through, but what speaks for the "
             "system is never taken from an extension";
    case ReasonCode::kBypass:
      return "no change of policy helps as long as it lies there: remove it "
             "from /etc/extensions, or put it into "
             "/var/lib/kairos/extensions/common or /var/lib/extensions, then "
             "run `extgate apply --now`";
    case ReasonCode::kRequiredMissing:
      return "bring the image that the rule requires, or take `required` out "
             "of the rule";
    case ReasonCode::kNotADiskImage:
      return "no change of policy helps: this is no image; remove it, or get "
             "a good copy of what it should be";
    case ReasonCode::kPartitionTableInvalid:
      return "no change of policy helps: the partition table is damaged; get "
             "a good copy (half a download looks like this)";
    case ReasonCode::kLayoutAmbiguous:
      return "no change of policy helps: build it with one `root` or one "
             "`usr` partition, its verity and its signature partition; a "
             "confext with `root`";
    case ReasonCode::kVerityCorrupt:
      return "no change of policy helps: what was read contradicts the hash "
             "tree; get a good copy from where it was built, and look at the "
             "disk (`dmesg`) if that breaks too; `extgate scrub` checks it";
    case ReasonCode::kFilesystemUnsupported:
      return "no change of policy helps: build the filesystem inside with "
             "mkfs.erofs or mksquashfs and run `extgate explain` again; if it "
             "is said to be corrupt, get a good copy";
    case ReasonCode::kReleaseMissing:
      return "no change of policy helps: put the extension-release file of "
             "the image's name into it, and no os-release";
    case ReasonCode::kWrongEntry:
      return "the booted entry is not known, so no entry can be added: "
             "`extgate status` shows it; or boot the entry that the image "
             "belongs to";
    case ReasonCode::kReleaseMismatch:
      return "no change of policy helps: get the build for this host's "
             "system and version";
    case ReasonCode::kWrongArchitecture:
      return "no change of policy helps: get the build for this machine's "
             "architecture";
    case ReasonCode::kWrongScope:
      return "no change of policy helps: get a build for where extensions "
             "are merged here";
    case ReasonCode::kUnreadable:
      return "nothing is known of the image until it can be read: mount or "
             "mend the filesystem it lies on, or its owner and mode (`ls -l`, "
             "`findmnt -T`, `dmesg`), wait for a copy that is still under "
             "way, then run `extgate apply --now`";
  }
  return "";
}

}  // namespace extgate
