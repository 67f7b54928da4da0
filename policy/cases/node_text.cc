// Ways in: NodeToJson and SliceOf.
#include "policy/cases/node_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "policy/printable.h"

namespace extgate {
namespace {

std::string Quoted(absl::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      absl::StrAppend(&out, "\\", std::string(1, c));
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&out, "\\u%04x", c);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

void AppendJson(const Node& node, std::string& out) {
  const char* separator = "";
  switch (node.kind) {
    case Node::Kind::kNull:
    case Node::Kind::kAlias:
      out += "null";
      return;
    case Node::Kind::kScalar:
      if (node.style == ScalarStyle::kPlain &&
          (node.text == "true" || node.text == "false")) {
        out += node.text;
      } else {
        out += Quoted(node.text);
      }
      return;
    case Node::Kind::kList:
      out += "[";
      for (const Node& item : node.items) {
        out += separator;
        AppendJson(item, out);
        separator = ",";
      }
      out += "]";
      return;
    case Node::Kind::kMap:
      out += "{";
      for (const auto& [key, value] : node.pairs) {
        absl::StrAppend(&out, separator, Quoted(key.text), ":");
        AppendJson(value, out);
        separator = ",";
      }
      out += "}";
      return;
  }
}

using Place = std::pair<int, int>;  // line and column

// The first place behind `node` at which a node of `root` begins that is no
// part of it; nullptr where there is none.
void FindNext(const Node& root, const Node& node, const Node** next) {
  const Place begin = {node.line, node.column};
  const auto place = [](const Node& at) { return Place(at.line, at.column); };
  const auto visit = [&](const Node& at) {
    if (&at == &node) return;
    if (at.kind != Node::Kind::kNull && place(at) > begin &&
        (*next == nullptr || place(at) < place(**next))) {
      *next = &at;
    }
    FindNext(at, node, next);
  };
  for (const Node& item : root.items) visit(item);
  for (const auto& [key, value] : root.pairs) {
    visit(key);
    visit(value);
  }
}

// Where line `line` begins.
size_t LineStart(absl::string_view text, int line) {
  size_t at = 0;
  for (int i = 1; i < line && at != absl::string_view::npos; ++i) {
    at = text.find('\n', at);
    if (at != absl::string_view::npos) ++at;
  }
  return std::min(at, text.size());
}

// Bytes of the first `characters` of `text`.
size_t BytesOf(absl::string_view text, int characters) {
  size_t bytes = 0;
  for (; characters > 0 && bytes < text.size(); --characters) {
    bytes += std::max(1, Utf8Length(text.substr(bytes)));
  }
  return bytes;
}

}  // namespace

std::string NodeToJson(const Node& node) {
  std::string out;
  AppendJson(node, out);
  return out;
}

std::string SliceOf(absl::string_view text, const Node& root,
                    const Node& node) {
  const Node* next = nullptr;
  FindNext(root, node, &next);
  size_t begin = LineStart(text, node.line);
  begin += BytesOf(text.substr(begin), node.column - 1);
  size_t end = text.size();
  if (next != nullptr) {
    end = LineStart(text, next->line);
    if (next->line == node.line) {
      end += BytesOf(text.substr(end), next->column - 1);
    }
  }
  return absl::StrCat(std::string(node.line - 1, '\n'),
                      std::string(node.column - 1, ' '),
                      text.substr(begin, end - begin));
}

}  // namespace extgate
