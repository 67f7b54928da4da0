// Way in: BuildElf.
#include "adapters/testing/elf_builder.h"

#include <elf.h>

#include <cstdint>

namespace extgate {
namespace {

constexpr uint64_t kBase = 0x10000;  // where the file is loaded

class ElfWriter {
 public:
  explicit ElfWriter(ElfShape shape)
      : wide_(shape == ElfShape::k64Little || shape == ElfShape::k64Big),
        big_(shape == ElfShape::k32Big || shape == ElfShape::k64Big) {}

  std::string Build(const std::vector<std::string>& needed) {
    const size_t word = wide_ ? 8 : 4;
    const size_t header = wide_ ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    const size_t segment = wide_ ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    const size_t dynamic_at = header + 2 * segment;
    const size_t dynamic_size = (needed.size() + 2) * 2 * word;
    const size_t names_at = dynamic_at + dynamic_size;
    std::string names(1, '\0');
    std::vector<uint64_t> offsets;
    for (const std::string& library : needed) {
      offsets.push_back(names.size());
      names += library + '\0';
    }
    Header(header, segment);
    Segment(PT_LOAD, 0, names_at + names.size());
    Segment(PT_DYNAMIC, dynamic_at, dynamic_size);
    for (uint64_t offset : offsets) Pair(DT_NEEDED, offset);
    Pair(DT_STRTAB, kBase + names_at);
    Pair(DT_NULL, 0);
    return file_ + names;
  }

 private:
  void Put(uint64_t value, size_t width) {
    for (size_t i = 0; i < width; ++i) {
      const size_t shift = 8 * (big_ ? width - 1 - i : i);
      file_ += static_cast<char>(value >> shift);
    }
  }
  void PutWord(uint64_t value) { Put(value, wide_ ? 8 : 4); }
  void Pair(uint64_t tag, uint64_t value) {
    PutWord(tag);
    PutWord(value);
  }

  void Header(size_t header, size_t segment) {
    file_.assign(ELFMAG, SELFMAG);
    file_ += static_cast<char>(wide_ ? ELFCLASS64 : ELFCLASS32);
    file_ += static_cast<char>(big_ ? ELFDATA2MSB : ELFDATA2LSB);
    file_.resize(EI_NIDENT, '\0');
    Put(ET_DYN, 2);
    Put(EM_NONE, 2);
    Put(EV_CURRENT, 4);
    PutWord(0);       // e_entry
    PutWord(header);  // e_phoff
    PutWord(0);       // e_shoff
    Put(0, 4);        // e_flags
    Put(header, 2);
    Put(segment, 2);
    Put(2, 2);  // e_phnum
    for (int i = 0; i < 3; ++i) Put(0, 2);
  }

  void Segment(uint32_t type, uint64_t offset, uint64_t size) {
    Put(type, 4);
    if (wide_) Put(0, 4);  // p_flags
    PutWord(offset);
    PutWord(kBase + offset);  // p_vaddr
    PutWord(kBase + offset);  // p_paddr
    PutWord(size);            // p_filesz
    PutWord(size);            // p_memsz
    if (!wide_) Put(0, 4);
    PutWord(1);  // p_align
  }

  bool wide_;
  bool big_;
  std::string file_;
};

}  // namespace

std::string BuildElf(ElfShape shape, const std::vector<std::string>& needed) {
  return ElfWriter(shape).Build(needed);
}

}  // namespace extgate
