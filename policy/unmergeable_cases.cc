// The way in is UnmergeableCases.
#include <string>
#include <vector>

#include "policy/reason_cases.h"

namespace extgate {
namespace {

using R = ReasonCode;

}  // namespace

const std::vector<ReasonCase>& UnmergeableCases() {
  static const auto& kCases = *new std::vector<ReasonCase>{
      {"not-a-disk-image",
       [](DecisionWorld& w) {
         const std::string name = w.image.name;
         w.image = {};
         w.image.name = name;
         w.standing = {};
       },
       {R::kNotADiskImage},
       Verdict::kUnmergeable,
       "",
       ""},
      {"partition-table-invalid",
       [](DecisionWorld& w) {
         w.image.table = Malformed{"header, byte 16", "wrong checksum"};
       },
       {R::kPartitionTableInvalid},
       Verdict::kUnmergeable,
       "",
       "partition table: header, byte 16: wrong checksum"},
      {"layout-ambiguous",
       [](DecisionWorld& w) {
         w.image.layout = Malformed{"", "`root` twice"};
       },
       {R::kLayoutAmbiguous},
       Verdict::kUnmergeable,
       "",
       "layout: `root` twice"},
      {"verity-corrupt: superblock",
       [](DecisionWorld& w) {
         w.image.verity = Malformed{"superblock", "magic"};
       },
       {R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       "verity partition: superblock: magic"},
      {"verity-corrupt: not read",
       [](DecisionWorld& w) { w.image.verity = Absent(); },
       {R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       ""},
      {"verity-corrupt: a bad block",
       [](DecisionWorld& w) { w.image.data_check.first_bad_offset = 4096; },
       {R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       "the data block at byte 4096 of the data partition contradicts the hash "
       "tree"},
      {"verity-corrupt: the signature names another root hash",
       [](DecisionWorld& w) {
         w.image.signature.value()->root_hash = RootHashOf('7');
       },
       {R::kRootHashMismatch, R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       "the signature partition names root hash `" + HexOf('7') +
           "`, the tree has `" + HexOf('a') + "`"},
      {"verity-corrupt: garbage for a signature",
       [](DecisionWorld& w) {
         w.image.signature = Malformed{"byte 0", "not JSON"};
         w.standing = {};
       },
       {R::kSignatureInvalid, R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       "signature partition: byte 0: not JSON"},
      {"verity-corrupt: signature not read",
       [](DecisionWorld& w) {
         w.image.signature = Absent();
         w.standing = {};
       },
       {R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       "signature partition: not found, or not looked for"},
      {"filesystem-unsupported",
       [](DecisionWorld& w) { w.image.filesystem = Unsupported{"ext4"}; },
       {R::kFilesystemUnsupported},
       Verdict::kUnmergeable,
       "",
       "filesystem: ext4 is not supported"},
      {"filesystem-unsupported: corrupt",
       [](DecisionWorld& w) {
         w.image.filesystem = Malformed{"inode 3", "size"};
       },
       {R::kFilesystemUnsupported},
       Verdict::kUnmergeable,
       "",
       "filesystem: corrupt: inode 3: size"},
      {"filesystem-unsupported: not looked for",
       [](DecisionWorld& w) { w.image.filesystem = Absent(); },
       {R::kFilesystemUnsupported},
       Verdict::kUnmergeable,
       "",
       ""},
      {"filesystem-unsupported: the layout",
       [](DecisionWorld& w) { w.image.layout = Unsupported{"a new one"}; },
       {R::kFilesystemUnsupported},
       Verdict::kUnmergeable,
       "",
       ""},
      {"filesystem-unsupported: the tree's algorithm",
       [](DecisionWorld& w) { w.image.verity = Unsupported{"sha1"}; },
       {R::kFilesystemUnsupported},
       Verdict::kUnmergeable,
       "",
       "verity partition: sha1 is not supported"},
      {"release-missing",
       [](DecisionWorld& w) { w.image.release = Absent(); },
       {R::kReleaseMissing},
       Verdict::kUnmergeable,
       "",
       "extension-release: not found, or not looked for"},
      {"release-missing: malformed",
       [](DecisionWorld& w) {
         w.image.release = Malformed{"", "two of them"};
       },
       {R::kReleaseMissing},
       Verdict::kUnmergeable,
       "",
       "extension-release: two of them"},
      {"release-missing: an os-release inside",
       [](DecisionWorld& w) { w.image.has_os_release = true; },
       {R::kReleaseMissing},
       Verdict::kUnmergeable,
       "",
       "the image carries an os-release of its own (/usr/lib/os-release), "
       "which systemd 254 and later refuse"},
  };
  return kCases;
}

}  // namespace extgate
