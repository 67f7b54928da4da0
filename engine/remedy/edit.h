// One change that might turn a verdict: of the image, or of the policy's text.
// A value; nothing here changes anything on the machine.
#ifndef EXTGATE_ENGINE_REMEDY_EDIT_H_
#define EXTGATE_ENGINE_REMEDY_EDIT_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/diagnostic.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/signature_standing.h"
#include "policy/words.h"

namespace extgate {

// Ordered by how many other images it admits, fewest first. A change of the
// image admits no other; one of the policy admits at least what it names.
enum class EditKind {
  kGoodCopy,             // image: the same one, intact
  kRenameFile,           // image: what its file is called
  kOtherBuild,           // image: the one that was built for this host
  kOneLayout,            // image: built of one data partition
  kSupportedFilesystem,  // image: its tree, in a filesystem that is read
  kChangeRelease,        // image: name or fields of its extension-release
  kRemoveFiles,          // image: files that it may not carry
  kSign,                 // image: a hash tree, signed by whom the policy trusts
  kAddRule,              // policy: a rule that allows one content
  kAddEntry,             // policy: one name in one more boot entry
  kNarrowRule,           // policy: a deny rule that names one thing less
  kRemoveRule,           // policy: a deny rule less
  kAddToSet,             // policy: as below, in rules that name one trust set
  kAddCertificate,       // policy: trust in all that one key signs
};

template <>
struct Words<EditKind> {
  static constexpr char kNoun[] = "change";
  static constexpr std::pair<EditKind, const char*> kTable[] = {
      {EditKind::kGoodCopy, "good-copy"},
      {EditKind::kRenameFile, "rename-file"},
      {EditKind::kOtherBuild, "other-build"},
      {EditKind::kOneLayout, "one-layout"},
      {EditKind::kSupportedFilesystem, "supported-filesystem"},
      {EditKind::kChangeRelease, "change-release"},
      {EditKind::kRemoveFiles, "remove-files"},
      {EditKind::kSign, "sign"},
      {EditKind::kAddRule, "add-rule"},
      {EditKind::kAddEntry, "add-entry"},
      {EditKind::kNarrowRule, "narrow-rule"},
      {EditKind::kRemoveRule, "remove-rule"},
      {EditKind::kAddToSet, "add-to-set"},
      {EditKind::kAddCertificate, "add-certificate"},
  };
};

// A rule that stands, and what stands there instead.
struct RuleEdit {
  SourceSpan span;  // of its id
  std::string id;
  std::optional<Rule> rule;  // nullopt: nothing
  friend bool operator==(const RuleEdit&, const RuleEdit&) = default;
};

struct Edit {
  EditKind kind = EditKind::kGoodCopy;
  std::string what;     // to do, a sentence without full stop
  std::string warning;  // what else follows from it; "": nothing
  std::string assumed;  // what was taken for granted, not tried; "": nothing
  std::vector<std::string> commands;  // shell lines that do all of it, if any

  // What becomes of the image. kRenameFile: the name systemd sees.
  // kChangeRelease and kOtherBuild: the fields set, or with nullopt removed,
  // and the name of the release file, unless empty. kSign: who signs.
  std::string name;
  std::map<std::string, std::optional<std::string>> fields;
  std::vector<std::string> paths;  // kRemoveFiles: within the merged tree
  std::optional<Signer> signer;
  // kOneLayout: what the new partition is made of; with root_below, of both.
  std::optional<Layout> layout;

  // What is added to the policy, and what is changed where it stands.
  Policy addition;
  std::optional<RuleEdit> rule;

  friend bool operator==(const Edit&, const Edit&) = default;
};

bool ChangesImage(EditKind kind);

// True when the policy gets new text by it.
bool AddsPolicy(EditKind kind);

// An image as evaluation sees it.
struct SeenImage {
  ImageFacts facts;
  SignatureStanding standing;
};

// The root hash that a damaged image had: its signature's, without a signature
// partition that of the partitions' UUIDs. nullopt: nothing names one.
std::optional<RootHash> NamedRootHash(const ImageFacts& facts);

// Whether the hash tree is not the one that NamedRootHash() is of: broken, or
// with another root hash. UUIDs alone count only where data contradicts the
// tree too.
bool TreeIsDamaged(const ImageFacts& facts);

// What would be seen of `image` after the changes of an image among `edits`,
// whose order does not matter. A changed tree is a new build: nobody signed it,
// and its root hash and digest are none that a policy names; of root and usr it
// is one root partition. Another build is signed as this one is. What could not
// be read is as Edit::assumed says.
SeenImage ApplyToImage(const std::vector<Edit>& edits, SeenImage image,
                       const HostFacts& host);

// All that `edits` add to the policy, as one.
Policy Additions(const std::vector<Edit>& edits);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_EDIT_H_
