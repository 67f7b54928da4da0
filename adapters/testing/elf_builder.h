// A small ELF program that names shared libraries, for tests of readers.
#ifndef EXTGATE_ADAPTERS_TESTING_ELF_BUILDER_H_
#define EXTGATE_ADAPTERS_TESTING_ELF_BUILDER_H_

#include <string>
#include <vector>

namespace extgate {

enum class ElfShape { k32Little, k32Big, k64Little, k64Big };

// A program of one loaded segment and one dynamic section (elf(5)).
std::string BuildElf(ElfShape shape, const std::vector<std::string>& needed);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_TESTING_ELF_BUILDER_H_
