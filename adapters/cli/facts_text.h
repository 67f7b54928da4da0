// Facts of one image for people.
#ifndef EXTGATE_ADAPTERS_CLI_FACTS_TEXT_H_
#define EXTGATE_ADAPTERS_CLI_FACTS_TEXT_H_

#include <string>

#include "adapters/cli/table.h"
#include "policy/facts.h"
#include "policy/hierarchies.h"
#include "policy/host_overlap.h"
#include "policy/signature_standing.h"

namespace extgate {

// Several lines, one an aspect; what is broken or unsupported says where and
// why. Of the tree inside: what rules may mind where `hierarchies` are merged,
// with the first paths, and how it meets the host's where somebody looked.
std::string FactsText(const ImageFacts& facts,
                      const SignatureStanding& standing, Colour colour,
                      const Evidence<HostOverlap>& overlap = Absent(),
                      const Hierarchies& hierarchies = {});

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_FACTS_TEXT_H_
