// Reading a structure of a filesystem whose place was read from the image too.
#ifndef EXTGATE_ENGINE_IMAGE_READ_SPAN_H_
#define EXTGATE_ENGINE_IMAGE_READ_SPAN_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/image/image_reader.h"

namespace extgate {

// As ImageReader::ReadAt, but a place outside the image is DataLoss naming
// `what`: it is the filesystem that pointed there.
absl::Status ReadInto(ImageReader& image, uint64_t offset,
                      absl::Span<uint8_t> out, absl::string_view what);

// The same into a new buffer; whether the place lies inside is checked before
// memory is taken.
absl::StatusOr<std::vector<uint8_t>> ReadSpan(ImageReader& image,
                                              uint64_t offset, uint64_t size,
                                              absl::string_view what);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_READ_SPAN_H_
