// rules[].content. For the reader of one source; not public.
#ifndef EXTGATE_POLICY_CONTENT_READER_H_
#define EXTGATE_POLICY_CONTENT_READER_H_

#include "policy/document.h"
#include "policy/field_reader.h"
#include "policy/policy.h"

namespace extgate {

// What is wrong is reported and left out.
RuleContent ReadContent(const Node& node, FieldReader& fields);

}  // namespace extgate

#endif  // EXTGATE_POLICY_CONTENT_READER_H_
