// Files of KEY=value lines: os-release and extension-release.
// Format: os-release(5); quoting and comments as systemd reads them.
#ifndef EXTGATE_ENGINE_IMAGE_RELEASE_FILE_H_
#define EXTGATE_ENGINE_IMAGE_RELEASE_FILE_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

// The fields of `text`, unquoted; of a key that stands twice, the last value.
// As systemd: lines that begin with `#` or `;` are comments, lines without `=`
// are skipped, white space around keys and unquoted values is dropped, quoted
// and unquoted parts join, a backslash takes the next character literally (in
// double quotes only before `"`, `\`, `` ` `` and `$`) and joins lines, LF and
// CR end a line. InvalidArgument, with the line (from 1), where systemd's
// versions read differently or a writer cannot have meant it: a NUL byte, a key
// or value that is not UTF-8, a quote that does not end, a comment that ends in
// a backslash. The caller bounds the size.
absl::StatusOr<std::map<std::string, std::string>> ParseReleaseFile(
    absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_RELEASE_FILE_H_
