// The ELF note by which a program says which libraries it loads by itself: it
// tells those who pack initrds and packages what no table of the loader says.
// Format: UAPI group, ELF dlopen metadata.
#ifndef EXTGATE_ENGINE_DLOPEN_NOTE_H_
#define EXTGATE_ENGINE_DLOPEN_NOTE_H_

#include <cstddef>
#include <cstdint>

namespace extgate {

// A note of three words, the name and the text, each filled up to four bytes.
// To be put into the section .note.dlopen, aligned to four bytes, used and
// retained; several of them are read one after the other.
template <size_t kTextBytes>
struct DlopenNote {
  uint32_t name_bytes = sizeof(name);
  uint32_t text_bytes = kTextBytes;
  uint32_t type = 0x407c0c0a;
  char name[4] = {'F', 'D', 'O', '\0'};
  char text[(kTextBytes + 3) / 4 * 4] = {};
};

// `text` is a JSON array of objects with feature, description, priority
// (required, recommended, suggested) and soname.
template <size_t kTextBytes>
constexpr DlopenNote<kTextBytes> MakeDlopenNote(
    const char (&text)[kTextBytes]) {
  DlopenNote<kTextBytes> note;
  for (size_t i = 0; i < kTextBytes; ++i) note.text[i] = text[i];
  return note;
}

}  // namespace extgate

#endif  // EXTGATE_ENGINE_DLOPEN_NOTE_H_
