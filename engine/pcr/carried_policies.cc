// Ways in: PoliciesCarriedBy and WithCarriedPolicies.
#include "engine/pcr/carried_policies.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/boot/pe_sections.h"
#include "engine/crypto/rsa_public_key.h"
#include "engine/pcr/pcr_bank.h"

namespace extgate {

absl::StatusOr<std::vector<SignedPolicy>> PoliciesCarriedBy(
    ImageReader& kernel_image) {
  const auto sections = PeSections(kernel_image);
  if (!sections.ok()) return sections.status();
  std::vector<SignedPolicy> carried;
  for (const PeSection& section : *sections) {
    const bool signature = section.name == ".pcrsig";
    if (!signature && section.name != ".pcrpkey") continue;
    const auto content =
        ReadPeSection(kernel_image, section, kMaxSignatureFile);
    // No key is so long.
    if (!signature && absl::IsResourceExhausted(content.status())) continue;
    if (!content.ok()) return content.status();
    if (content->empty()) continue;
    if (signature) {
      const auto policies = ReadSignedPolicies(*content);
      if (!policies.ok()) {
        return absl::Status(
            policies.status().code(),
            absl::StrCat(section.name, ": ", policies.status().message()));
      }
      carried.insert(carried.end(), policies->begin(), policies->end());
    } else if (const auto key = RsaPublicKey::FromPem(*content); key.ok()) {
      carried.push_back(
          {PcrBank::kSha256, {kKernelImagePcr}, key->Fingerprint(), "", ""});
    }
  }
  return carried;
}

absl::StatusOr<std::string> WithCarriedPolicies(const std::string& json,
                                                ImageReader& kernel_image) {
  auto carried = PoliciesCarriedBy(kernel_image);
  if (!carried.ok()) return carried.status();
  std::erase_if(*carried, [](const SignedPolicy& policy) {
    return policy.signature.empty();
  });
  if (carried->empty()) return json;
  return AddSignedPolicies(json, *carried);
}

}  // namespace extgate
