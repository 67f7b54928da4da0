// Reading JSON objects that somebody else has shaped: what is not of the kind
// that is asked for is as if it were not there.
#ifndef EXTGATE_ENGINE_PCR_JSON_OBJECT_H_
#define EXTGATE_ENGINE_PCR_JSON_OBJECT_H_

#include <google/protobuf/struct.pb.h>

#include <optional>
#include <string>

#include "engine/pcr/pcr_bank.h"

namespace extgate {

// nullptr where there is no key of that name.
const google::protobuf::Value* Field(const google::protobuf::Struct& object,
                                     const char* name);

// "" where it is no text.
std::string TextField(const google::protobuf::Struct& object, const char* name);

// `bytes` raw bytes of a text in hex; "" where it is none.
std::string HexField(const google::protobuf::Struct& object, const char* name,
                     size_t bytes);

// The number of a register, 0 to 23.
std::optional<int> PcrOf(const google::protobuf::Value& value);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_JSON_OBJECT_H_
