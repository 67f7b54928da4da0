// What facts say of a signature, to messages of proto/facts.proto and back.
// What cannot be read is remembered in `status`.
#ifndef EXTGATE_ENGINE_SIGNATURE_CODEC_H_
#define EXTGATE_ENGINE_SIGNATURE_CODEC_H_

#include "absl/status/status.h"
#include "policy/facts.h"
#include "policy/signature_standing.h"
#include "proto/facts.pb.h"

namespace extgate {

void EncodeSignature(const VeritySignature& signature,
                     v1::VeritySignature& out);
// But for claims that are malformed, which are a v1::Problem.
VeritySignature DecodeSignature(const v1::VeritySignature& in,
                                absl::Status& status);

// There is no way back: certificates given later may say otherwise.
void EncodeStanding(const SignatureStanding& standing,
                    v1::SignatureStanding& out);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_SIGNATURE_CODEC_H_
