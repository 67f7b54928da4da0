// Way in: ReadSignedPath.
#include "engine/image/signed_path.h"

#include <string>
#include <utility>

#include "engine/crypto/pkcs7.h"
#include "engine/image/gpt.h"
#include "engine/image/layout.h"
#include "engine/image/verity.h"
#include "engine/image/verity_signature.h"

namespace extgate {

bool SignedPath::Holds() const {
  return layout.value() != nullptr && !layout.value()->root_below &&
         verity.value() != nullptr && signature.value() != nullptr &&
         verity.value()->root_hash == signature.value()->root_hash &&
         standing.state == SignatureState::kTrusted;
}

absl::StatusOr<SignedPath> ReadSignedPath(ImageReader& image,
                                          const TrustStore& store) {
  SignedPath path;
  auto table = ReadGpt(image);
  if (!table.ok()) return table.status();
  path.table = *std::move(table);
  if (path.table.value() == nullptr) return path;
  path.layout = ChooseLayout(*path.table.value());
  const Layout* const layout = path.layout.value();
  if (layout == nullptr || !layout->verity) return path;
  auto verity = ReadVerityTree(image, layout->data, *layout->verity);
  if (!verity.ok()) return verity.status();
  path.verity = *std::move(verity);
  if (path.verity.value() == nullptr || !layout->signature) return path;
  auto signature = ReadVeritySignature(image, *layout->signature);
  if (!signature.ok()) return signature.status();
  path.signature = *std::move(signature);
  if (path.signature.value() == nullptr) return path;
  const std::string content = path.verity.value()->root_hash->hex();
  path.standing =
      store.Standing(ReadPkcs7(path.signature.value()->pkcs7_der), content);
  return path;
}

}  // namespace extgate
