// The keys `sysext_cert` and `extensions` of a cloud-config: the spellings that
// the language was first written down with. Not public.
#ifndef EXTGATE_POLICY_SEED_READER_H_
#define EXTGATE_POLICY_SEED_READER_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "policy/document.h"
#include "policy/field_reader.h"
#include "policy/policy.h"

namespace extgate {

// What they say, as if `trust.certificates` and `entries` of extension_policy
// had said it.
struct Seeds {
  std::vector<LocatedText> certificates;
  std::vector<EntryMapping> entries;
};

// Whether `key` of a cloud-config, with `value`, is one of them. A mapping
// `extensions` is not: that one is Kairos' own (4.3 and later).
bool IsSeed(const Node& key, const Node& value);

// Whether the text of a cloud-config that cannot be read may have one of them.
bool MayHaveSeed(absl::string_view text);

// Reads those of `root`, a cloud-config. What is wrong is reported to `fields`
// and left out: a list `extensions` with names first in one item and boot
// entries first in another, or an item that could be either, is an error
// (bad-pattern). Warns where Kairos' own `extensions` looks as if it were meant
// for us, and of `ignore_signatures: true` in it.
Seeds ReadSeeds(const Node& root, FieldReader& fields);

}  // namespace extgate

#endif  // EXTGATE_POLICY_SEED_READER_H_
