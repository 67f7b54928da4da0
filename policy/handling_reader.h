// The keys `sources`, `merge`, `fail_boot` and `measure` of a policy source.
// Not public.
#ifndef EXTGATE_POLICY_HANDLING_READER_H_
#define EXTGATE_POLICY_HANDLING_READER_H_

#include <optional>
#include <vector>

#include "policy/document.h"
#include "policy/field_reader.h"
#include "policy/handling.h"
#include "policy/located.h"

namespace extgate {

// Each reads the value of its key. What is wrong is reported to `fields` and
// left out.
std::vector<LocatedText> ReadSources(const Node& node, FieldReader& fields);
MergeSettings ReadMerge(const Node& node, FieldReader& fields);
FailBoot ReadFailBoot(const Node& node, FieldReader& fields);
std::optional<Located<MeasureTarget>> ReadMeasure(const Node& node,
                                                  FieldReader& fields);

}  // namespace extgate

#endif  // EXTGATE_POLICY_HANDLING_READER_H_
