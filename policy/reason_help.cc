// The way in is HelpOf: one page for each reason code, for somebody who is at
// the machine and has to get it going.
#include "policy/reason.h"

namespace extgate {
namespace {

constexpr char kUnsignedHelp[] =
    R"(
The image carries no signature, and the image policy in force accepts only
signed images. Its dm-verity hash tree, if it has one, proves that the data is
whole, but not who made it.

Look:  extgate inspect IMAGE        is there a `root-verity-sig` partition?
       systemd-dissect IMAGE        the same, by systemd
       extgate explain IMAGE        which image policy asked for a signature

Do:    Build the image with a signature (systemd-repart with
       `Verity=signature`, --private-key= and --certificate=) and install that.
       If this image may run unsigned, give a rule that selects it by its
       root_hash, with an `image_policy:` of its own that accepts `verity`.
)";

constexpr char kSignatureInvalidHelp[] =
    R"(
The image has a signature partition, but what is in it is not a signature
over this image's root hash: it is garbage, or it was made for another image, or
the image was changed after it was signed.

Look:  extgate inspect IMAGE        both root hashes, and why it does not parse
       extgate explain IMAGE        the detail: which check failed
       openssl pkcs7 -inform DER -in P7 -noout -print_certs
                                    who signed; P7 is `signature` of the
                                    partition's JSON, base64 decoded

Do:    Fetch the image again and compare its digest with the publisher's. If
       they agree, the publisher signed it wrongly: ask for a new build.
       Treat a mismatch on one machine only as tampering until you know better.
)";

constexpr char kSignerUntrustedHelp[] =
    R"(
The image is signed, and the signature is well formed, but none of the
certificates that this machine trusts made it. Every signer has to be trusted;
a certificate carried inside the image never counts, nor does a chain to a CA.
One of a set (`trust.sets`) counts only in rules that name the set as signer.

Look:  extgate inspect IMAGE        the signer's subject, issuer and serial
       extgate doctor               which certificates are trusted, from where
       openssl x509 -in CERT -noout -subject -serial -fingerprint -sha256

Do:    If you know the signer, add the certificate itself (not its CA) under
       `trust:` in the policy, or enrol it in the firmware's db when
       `trust.efi` lists db. Keys in db count only with Secure Boot on.
       If you do not know the signer, remove the image.
)";

constexpr char kSignerRevokedHelp[] =
    R"(
One of the image's signers is revoked: its certificate is listed under
`trust.revoked` in the policy, or in the firmware's dbx. A revoked signer denies
the image whatever any rule says.

Look:  extgate explain IMAGE        which certificate, and who revoked it
       extgate inspect IMAGE        all signers of the image
       mokutil --dbx                what the firmware revokes

Do:    Install a build that is signed with the signer's new key. Do not lift
       the revocation to get a machine going: boot the previous entry instead,
       and take the image out of the place it is found in.
)";

constexpr char kSignerExpiredHelp[] =
    R"(
The policy says `trust.require_unexpired`, and the certificate of one of the
image's signers has ended. It is trusted no more, by any rule. What counts as
now is the latest of the clock, the day this extgate was released and the last
time it saw, so that a clock that was set back extends nothing.

Look:  extgate explain IMAGE        the signer, and when the certificate ended
       date -u                      a clock that is far ahead looks like this
       openssl x509 -in CERT -noout -subject -enddate

Do:    Install a build that is signed with a certificate that is still valid,
       and see that the policy trusts that one. If the clock was wrong, set it,
       and remove the file `last-seen` in /var/lib/kairos/extgate (where there
       is no /var/lib/kairos: /var/lib/extgate); a last time that is more than
       a year ahead is left out by itself.
)";

constexpr char kRootHashMismatchHelp[] =
    R"(
The root hash that extgate computed from the image's hash tree is not the one
the image names: in the signature's JSON, or in the UUIDs of its data and verity
partitions, which are the first and the last 16 bytes of the root hash. The
pieces of the image do not belong together.

Look:  extgate inspect IMAGE        the computed hash, and where it differs
       systemd-dissect --json=short IMAGE
                                    the partition UUIDs
       losetup -r -P -f --show IMAGE, then
       veritysetup verify DATA TREE ROOT_HASH

Do:    Fetch or build the image again in one go. Do not copy partitions from
       one image into another, or change partition UUIDs after the build.
)";

constexpr char kImagePolicyHelp[] =
    R"(
The image policy in force does not accept the partitions of this image, for
another cause than a missing or untrusted signature: a partition is there that
has to be absent, one is missing, it has no dm-verity tree, or its read-only or
growfs attribute is not as the policy wants.

Look:  extgate explain IMAGE        the partition and the part of the policy
       extgate inspect IMAGE        partitions and attributes
       systemd-dissect --validate --image-policy=POLICY IMAGE
                                    systemd's own answer

Do:    Build the image with the partitions that the policy names, or change
       `image_policy:` of the rule that selects it. See systemd.image-policy(7);
       `+` means or, and no image can be both absent and signed.
)";

constexpr char kDeniedByRuleHelp[] =
    R"(
A deny rule of the policy matches the image. A matching deny rule always wins
over any allow rule, wherever it stands.

Look:  extgate explain IMAGE        the rule's id, reason and conditions
       extgate check IMAGE          the same decision again, without acting
       extgate status               which policy sources are in force

Do:    Read the rule's reason: somebody wanted this. If the rule is too wide,
       narrow its `match:`, for instance from a name to a root_hash, and try
       `extgate check --policy FILE IMAGE` before you install the new policy.
)";

constexpr char kNoMatchingRuleHelp[] =
    R"(
The policy says `default: deny`, which makes it an allow-list, and no allow
rule selects this image. An allow rule selects by the name inside the image (its
extension-release), not by the file's name; by its signers only when all of them
are trusted and listed.

Look:  extgate explain IMAGE        each rule, and why it does not match
       extgate inspect IMAGE        name inside, signers, root hash

Do:    Add a rule for the image, most safely by `root_hash` or by `signer` with
       `name`, and try it with `extgate check --policy FILE IMAGE`.
       If the image is not wanted, remove it from the place it is found in.
)";

constexpr char kVersionOutOfRangeHelp[] =
    R"(
An allow rule selects the image by its name, and the version in that name (what
the `*` of the rule's pattern stands for) is not one that the rule takes. The
default never stands in: such an image is denied.

Look:  extgate explain IMAGE        the rule, its `version`, and the one found
       systemd-analyze compare-versions 1.29.0 1.31
                                    how two versions are ordered

Do:    Install a version that the rule takes, or widen the rule's `version` if
       this one was meant to be taken. The name that counts is the one inside
       the image: renaming the file changes nothing.
)";

constexpr char kDigestMismatchHelp[] =
    R"(
An allow rule selects the image by its name and pins its content by root_hash
or sha256, but the content is another one. The default never stands in: an image
whose content is pinned is either that content or denied.

Look:  extgate explain IMAGE        the rule, the wanted and the found value
       extgate inspect --full IMAGE the root hash, and the file's digest
       sha256sum IMAGE              the file's digest, to compare

Do:    After an update of the image, add the new root_hash to the rule (keep
       the old one while a fallback entry needs it). Without an update, fetch
       the image again: this one was changed.
)";

constexpr char kNameMismatchHelp[] =
    R"(
The file is called one thing and the extension inside another: its
extension-release file belongs to a name that is neither the image's name nor
that name cut at the first `_` or `+`. Rules that go by names could be led
astray by a renamed file, so such an image is denied.

Look:  extgate inspect IMAGE        both names
       systemd-dissect --list IMAGE | grep extension-release

Do:    Rename the file to the name inside (`NAME.raw`, `NAME.sysext.raw`,
       `NAME_VERSION.raw` or `NAME+VERSION.raw`), or build the image again with
       /usr/lib/extension-release.d/extension-release.NAME for its own name.
)";

constexpr char kForbiddenContentHelp[] =
    R"(
The image carries what it may not. Either files that would change what this
machine trusts or how it merges, which no rule can let through: extgate itself,
its policy (/usr/lib/extgate, /etc/extgate), certificates for signature checks
(verity.d), drop-ins of systemd's merge units. Or what the rule that is about
it forbids with `content`: paths, setuid files, devices, whiteouts, files that
systemd would lose, a clash with the host's own files. What could not be looked
at counts as there. The detail names the rule and the first paths.

Look:  extgate inspect IMAGE        what of this it carries
       extgate inspect --host IMAGE and how it meets this host's files
       systemd-dissect --list IMAGE all files inside

Do:    Build the image without those paths. Policy and certificates belong
       into the base system, /etc/extgate or a fleet bundle, never into an
       extension. If a rule forbids it and you trust the image, say so in the
       `content` of that rule. If you did not build it, treat it as hostile.
)";

constexpr char kBypassHelp[] =
    R"(
systemd would merge, or has merged, this image from a path where extgate did
not put it: somebody placed it in /etc/extensions, /var/lib/extensions or
/run/extensions, or the unit of systemd runs something else than extgate meant
it to, by a drop-in that comes after ours.

Look:  extgate status               what is merged, and what was decided
       systemd-sysext list          where systemd finds images
       systemctl cat systemd-sysext.service systemd-confext.service

Do:    Move the image to a place that extgate takes images from, remove the
       foreign drop-in, then run `extgate apply --now`.
       A place that is no directory, or that could not be covered: make it one,
       and run extgate as root.
)";

constexpr char kRequiredMissingHelp[] =
    R"(
A rule says `required: true`, and none of the images it is about was staged in
this boot: there is none, it is denied or masked, another image of its name was
taken instead, or it could not be copied. A rule is about an image when all of
its `match` holds, version and digests included.

Look:  extgate status               the rule, and what stood in the way
       extgate explain NAME         why an image is denied
       extgate apply --dry-run      which images are found, and where

Do:    Bring the image to a place that extgate takes images from (`sources` in
       the policy adds one), or mend what denies it. If only some boot entries
       need it, give the rule `entries`. If it may be missing, take `required`
       out of the rule.
)";

constexpr char kNotADiskImageHelp[] =
    R"(
The file is neither a disk image with a GUID partition table nor a filesystem
that systemd would recognise. With such a file beside them systemd merges no
image at all, so extgate withholds it even in permissive mode.

Look:  extgate inspect IMAGE        what was looked for
       file IMAGE; ls -l IMAGE      a download page? empty? compressed?

Do:    Fetch the image again; unpack it first if it is compressed (.xz, .zst,
       .gz). Remove files that are not extensions from the directory, or give
       them a name that does not end in `.raw`.
)";

constexpr char kPartitionTableInvalidHelp[] =
    R"(
The image has a GUID partition table that does not hold together: a checksum
is wrong, the primary and the backup table differ, partitions overlap or reach
beyond the end of the file. Most often the image was cut off while being copied.

Look:  extgate inspect IMAGE        the entry or field, and what is wrong
       ls -l IMAGE                  is it as long as at the publisher's?
       sfdisk --verify IMAGE        another opinion

Do:    Fetch the image again and compare its digest. Do not repair the table:
       the repaired image would not be what was built and signed.
)";

constexpr char kLayoutAmbiguousHelp[] =
    R"(
The partition table is sound, but it is not clear which partitions systemd
would use: one kind is there twice, the architectures of data and verity differ,
a helper has no data partition, or there is neither a root nor a usr partition.
Versions of systemd choose differently, so extgate refuses to guess. Or usr is
there beside a root with a hash tree: no version of systemd merges those.

Look:  extgate inspect IMAGE        the partitions and the conflict
       systemd-dissect IMAGE        what this version of systemd would choose

Do:    Build the image with exactly one root (or usr) partition, one verity
       partition for it and one verity signature, all for one architecture;
       systemd-repart does so with `--make-ddi=sysext`.
)";

constexpr char kVerityCorruptHelp[] =
    R"(
The image's data, its dm-verity hash tree and its signature partition do not
fit together: a block does not hash to what the tree says, the tree's superblock
is broken, or the signature partition cannot be read. Every read from such an
image may fail once it is merged.

Look:  extgate inspect IMAGE        where, and what was expected
       extgate scrub IMAGE          every block, with the offset of bad ones
       dmesg | grep -i -e verity -e 'I/O error'
                                    is the disk failing?

Do:    Fetch the image again. If the fresh copy is good and turns bad later on,
       suspect the disk or memory before you suspect an attacker.
)";

constexpr char kFilesystemUnsupportedHelp[] =
    R"(
extgate cannot read the image's filesystem or layout: it is a format that it
does not know, uses a feature that it does not know, or is damaged. What cannot
be read cannot be decided about, so the image is withheld.

Look:  extgate inspect IMAGE        the format, or where reading failed
       systemd-dissect IMAGE        what systemd sees
       fsck.erofs, unsquashfs -s    on a copy of the data partition

Do:    Build the image as erofs, squashfs or ext4 with the usual features. In
       permissive mode, `unmergeable: stage` in the policy hands the image to
       systemd unread, at your own risk.
)";

constexpr char kReleaseMissingHelp[] =
    R"(
There is no extension-release file inside that systemd would accept for this
image, or the image carries an os-release of its own. With such an image beside
them systemd merges nothing at all, so it is withheld even in permissive mode.

Look:  extgate inspect IMAGE        what was found instead
       systemd-dissect --list IMAGE | grep -e extension-release -e os-release

Do:    A sysext called NAME needs the file
       /usr/lib/extension-release.d/extension-release.NAME, a confext
       /etc/extension-release.d/extension-release.NAME, with at least `ID=`.
       Remove os-release from the image. If the file was only renamed, rename
       it back: NAME comes from the file's name.
)";

constexpr char kWrongEntryHelp[] =
    R"(
The policy's `entries:` gives this image to other boot entries than the one
that is booted. It was not even read. This is not a violation.

Look:  extgate status               the booted entry
       extgate explain IMAGE        the pattern and the entries it names
       bootctl status               what the boot loader says

Do:    Usually nothing. If the image belongs here, add this entry to its
       pattern under `entries:`, or `common` for every entry. If the booted
       entry is not known, see why extgate could not find it: `extgate status`.
)";

constexpr char kReleaseMismatchHelp[] =
    R"(
The image was built for another operating system or version: ID, VERSION_ID,
or SYSEXT_LEVEL (CONFEXT_LEVEL) in its extension-release does not fit the host's
os-release. systemd would leave it out without a word. Not a violation.

Look:  extgate explain IMAGE        both sides, field by field
       cat /etc/os-release          the host's
       extgate inspect IMAGE        the image's

Do:    Install the build for this version of the system. An image that runs
       anywhere says `ID=_any`. From systemd 258 on, the host's ID_LIKE counts
       as well; where the version of systemd is not known it does not.
)";

constexpr char kWrongArchitectureHelp[] =
    R"(
The image's extension-release names an architecture (ARCHITECTURE=) that is
not this machine's. systemd would leave it out without a word. This is not a
violation.

Look:  extgate inspect IMAGE        the image's architecture
       uname -m                     the machine's: x86_64 is `x86-64`, aarch64
                                    is `arm64` in systemd's words

Do:    Install the build for this architecture. An image without programs in it
       can say `ARCHITECTURE=_any`, or leave the field out.
)";

constexpr char kWrongScopeHelp[] =
    R"(
The image is not meant for where it would be merged: SYSEXT_SCOPE
(CONFEXT_SCOPE) in its extension-release does not list `system`, or, when
extensions are merged inside an initrd, `initrd`. Without the field, the scope
is `system portable`. systemd would leave the image out without a word. This is
not a violation.

Look:  extgate explain IMAGE        the image's scope and the wanted one
       extgate inspect IMAGE        all fields of its extension-release

Do:    Usually nothing. To merge it here, build the image with
       `SYSEXT_SCOPE=system`, or both words to have it in the initrd as well.
)";

constexpr char kUnreadableHelp[] =
    R"(
The image could not be read: an I/O error, missing permission, a loop of
symbolic links, or no regular file. Or "the reader of its content" came to no
end: extgate parses what is inside an image in a process of its own, and that
one crashed, was killed, or asked for too much memory or time, as an image made
to attack it would have it. Nothing is known about the image, so it is withheld.
It never fails a boot.

Look:  extgate explain IMAGE        the error
       ls -l IMAGE; findmnt -T IMAGE
       dmesg | tail                 errors of the disk or the filesystem

Do:    Mount the filesystem or repair it, fix owner and mode (extgate runs as
       root; look for network filesystems and dangling links), then run
       `extgate apply` again. Of an image that its reader failed on: do not
       merge it by other means; fetch it anew from whoever built it, and if it
       is the same, report it as a defect of extgate.
)";

// The page behind an empty first line, which keeps the source in its columns.
absl::string_view PageOf(ReasonCode code) {
  switch (code) {
    case ReasonCode::kUnsigned:
      return kUnsignedHelp;
    case ReasonCode::kSignatureInvalid:
      return kSignatureInvalidHelp;
    case ReasonCode::kSignerUntrusted:
      return kSignerUntrustedHelp;
    case ReasonCode::kSignerRevoked:
      return kSignerRevokedHelp;
    case ReasonCode::kSignerExpired:
      return kSignerExpiredHelp;
    case ReasonCode::kRootHashMismatch:
      return kRootHashMismatchHelp;
    case ReasonCode::kImagePolicy:
      return kImagePolicyHelp;
    case ReasonCode::kDeniedByRule:
      return kDeniedByRuleHelp;
    case ReasonCode::kNoMatchingRule:
      return kNoMatchingRuleHelp;
    case ReasonCode::kVersionOutOfRange:
      return kVersionOutOfRangeHelp;
    case ReasonCode::kDigestMismatch:
      return kDigestMismatchHelp;
    case ReasonCode::kNameMismatch:
      return kNameMismatchHelp;
    case ReasonCode::kForbiddenContent:
      return kForbiddenContentHelp;
    case ReasonCode::kBypass:
      return kBypassHelp;
    case ReasonCode::kRequiredMissing:
      return kRequiredMissingHelp;
    case ReasonCode::kNotADiskImage:
      return kNotADiskImageHelp;
    case ReasonCode::kPartitionTableInvalid:
      return kPartitionTableInvalidHelp;
    case ReasonCode::kLayoutAmbiguous:
      return kLayoutAmbiguousHelp;
    case ReasonCode::kVerityCorrupt:
      return kVerityCorruptHelp;
    case ReasonCode::kFilesystemUnsupported:
      return kFilesystemUnsupportedHelp;
    case ReasonCode::kReleaseMissing:
      return kReleaseMissingHelp;
    case ReasonCode::kWrongEntry:
      return kWrongEntryHelp;
    case ReasonCode::kReleaseMismatch:
      return kReleaseMismatchHelp;
    case ReasonCode::kWrongArchitecture:
      return kWrongArchitectureHelp;
    case ReasonCode::kWrongScope:
      return kWrongScopeHelp;
    case ReasonCode::kUnreadable:
      return kUnreadableHelp;
  }
  return "\n";
}

}  // namespace

absl::string_view HelpOf(ReasonCode code) { return PageOf(code).substr(1); }

}  // namespace extgate
