// What a fuzz target is made of: bytes taken apart, and properties that must
// hold whatever they are.
#ifndef EXTGATE_FUZZ_FUZZ_H_
#define EXTGATE_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

// The one function of a target, called with every input. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace extgate {

// Ends the program, naming `property`, unless it `holds`.
void Require(bool holds, absl::string_view property);

// Takes an input apart from the front. Total: what is not there is zero or
// empty. Thread-compatible; the bytes must outlive it and what it gives.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : rest_(data, size) {}

  uint8_t U8();
  uint16_t U16();  // little-endian
  // `size` bytes, or as many as are left.
  absl::Span<const uint8_t> Bytes(size_t size);
  // What is before the next `separator`, which is taken too; all without one.
  absl::string_view Until(char separator);
  absl::Span<const uint8_t> Rest() { return Bytes(rest_.size()); }
  absl::string_view RestText() { return Text(Rest()); }
  bool empty() const { return rest_.empty(); }

 private:
  static absl::string_view Text(absl::Span<const uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  absl::Span<const uint8_t> rest_;
};

}  // namespace extgate

#endif  // EXTGATE_FUZZ_FUZZ_H_
