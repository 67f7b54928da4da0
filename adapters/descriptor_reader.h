// Readers of which a process needs one descriptor, and no path.
#ifndef EXTGATE_ADAPTERS_DESCRIPTOR_READER_H_
#define EXTGATE_ADAPTERS_DESCRIPTOR_READER_H_

#include "engine/image/image_reader.h"

namespace extgate {

class DescriptorReader : public ImageReader {
 public:
  // The one that all it reads comes from; it stays the reader's, or that of
  // what the reader is of.
  virtual int fd() const = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_DESCRIPTOR_READER_H_
