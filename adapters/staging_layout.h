// What is called how below /run: the names that finding images and staging them
// share.
#ifndef EXTGATE_ADAPTERS_STAGING_LAYOUT_H_
#define EXTGATE_ADAPTERS_STAGING_LAYOUT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/values.h"

namespace extgate {

// /run/extgate and its folders.
inline constexpr char kPrivateDirectory[] = "extgate";
inline constexpr char kImagesDirectory[] = "images";    // ADDRESS.raw
inline constexpr char kTreesDirectory[] = "trees";      // ADDRESS
inline constexpr char kForeignDirectory[] = "foreign";  // CLASS/NAME
inline constexpr char kSetsDirectory[] = "sets";        // CLASS.record
inline constexpr char kIncomingDirectory[] = "incoming";
inline constexpr char kEmptyDirectory[] = "empty";  // what covers are made of

// Where systemd merges images of a class from, below /run.
const char* StagingDirectoryName(ImageClass image_class);

// The file name of the private copy of that address. InvalidArgument unless it
// is 64 lower-case hex digits.
absl::StatusOr<std::string> CopyName(absl::string_view address);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_STAGING_LAYOUT_H_
