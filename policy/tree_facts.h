// The tree of names inside an image, as one walk over it found it: what the
// image would do to the host, whoever asks and whichever rules come later.
//
// The names themselves are the fact, not which of them some policy minds: so
// recorded facts can meet a new rule, evaluation stays pure, and what looks
// into hostile bytes knows no patterns. The price is a bound: of a larger tree
// the first names are kept, and what rules ask of such a tree is unknown.
#ifndef EXTGATE_POLICY_TREE_FACTS_H_
#define EXTGATE_POLICY_TREE_FACTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "policy/words.h"

namespace extgate {

enum class FileType {
  kRegular,
  kDirectory,
  kSymlink,
  kCharDevice,
  kBlockDevice,
  kFifo,
  kSocket,
  kOther,  // none of these
};

template <>
struct Words<FileType> {
  static constexpr char kNoun[] = "file type";
  static constexpr std::pair<FileType, const char*> kTable[] = {
      {FileType::kRegular, "regular"},
      {FileType::kDirectory, "directory"},
      {FileType::kSymlink, "symlink"},
      {FileType::kCharDevice, "char-device"},
      {FileType::kBlockDevice, "block-device"},
      {FileType::kFifo, "fifo"},
      {FileType::kSocket, "socket"},
      {FileType::kOther, "other"},
  };
};

// One name below the root of the tree.
struct TreeFile {
  std::string path;  // "usr/bin/k3s": no leading `/`; UTF-8
  FileType type = FileType::kOther;
  uint16_t permissions = 0;  // 12 bits: setuid, setgid, sticky, and rwx thrice
  uint32_t uid = 0;
  uint32_t gid = 0;
  // Of a device; a character device 0, 0 is a whiteout of overlayfs.
  uint32_t device_major = 0;
  uint32_t device_minor = 0;
  std::string target;  // of a symlink; UTF-8
  // Names of the attributes that it has of those that change what a merged file
  // can do (kWalkedXattrs of engine/image/filesystem.h), sorted.
  std::vector<std::string> attributes;
  friend bool operator==(const TreeFile&, const TreeFile&) = default;
};

struct TreeFacts {
  // In the order of the walk: a directory before what is in it, names in the
  // order of their bytes. Without the root itself.
  std::vector<TreeFile> files;
  // There is more than was kept: no rule about the tree is known to be met.
  bool truncated = false;
  friend bool operator==(const TreeFacts&, const TreeFacts&) = default;
};

// What is kept at most: files, and bytes of their text. A system extension of a
// whole desktop has some ten thousand files.
inline constexpr size_t kMaxTreeFiles = 65536;
inline constexpr size_t kMaxTreeText = size_t{4} << 20;

}  // namespace extgate

#endif  // EXTGATE_POLICY_TREE_FACTS_H_
