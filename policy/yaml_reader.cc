// YAML events to a located tree; yaml-cpp and its exceptions end here. One way
// in: ReadYaml.
#include "policy/yaml_reader.h"

#include <algorithm>
#include <exception>
#include <istream>
#include <new>
#include <optional>
#include <streambuf>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "policy/diagnostic.h"
#include "policy/document.h"
#include "policy/text_index.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/mark.h"
#include "yaml-cpp/parser.h"

namespace extgate {
namespace {

constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";

// Thrown out of the event handler to stop the parser, and caught in ReadYaml.
struct Refusal {
  TextPlace place;
  std::string message;
};

// Feeds the parser and counts the tokens it may hoard: within `[` and `{` its
// scanner reads ahead to the closing bracket before it says anything, at some
// 200 bytes of memory a token. Ends the text when there are too many.
class MeteredText : public std::streambuf {
 public:
  explicit MeteredText(absl::string_view text) : text_(text) {}

  // To be called when the parser has said something.
  void Restart() { flow_tokens_ = 0; }
  // Offset where the text was ended early; nullopt: it was not.
  std::optional<size_t> stopped_at() const { return stopped_at_; }

 protected:
  int_type underflow() override {
    constexpr size_t kChunk = 4096;
    if (stopped_at_.has_value()) return traits_type::eof();
    const absl::string_view chunk = text_.substr(next_, kChunk);
    for (char c : chunk) {
      if (c == '[' || c == '{' || c == ',') ++flow_tokens_;
    }
    if (flow_tokens_ > kMaxYamlNodes) stopped_at_ = next_;
    if (chunk.empty() || stopped_at_.has_value()) return traits_type::eof();
    next_ += chunk.size();
    chunk_.assign(chunk.data(), chunk.size());
    setg(chunk_.data(), chunk_.data(), chunk_.data() + chunk_.size());
    return traits_type::to_int_type(chunk_[0]);
  }

 private:
  absl::string_view text_;
  size_t next_ = 0;
  std::string chunk_;
  int flow_tokens_ = 0;
  std::optional<size_t> stopped_at_;
};

// True when the quoted scalar that begins at `offset` has its closing quote;
// yaml-cpp takes the end of the text for one.
bool IsTerminated(absl::string_view text, size_t offset) {
  const char quote = text[offset];
  for (size_t i = offset + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 == text.size() || text[i + 1] != '\'') {
        return true;
      }
      ++i;
    }
  }
  return false;
}

// Builds the tree. The marks of events count lines and bytes from 0.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(absl::string_view text, const TextIndex& index,
              MeteredText& metered)
      : text_(text), index_(index), metered_(metered) {}

  Node TakeRoot() { return std::move(root_); }
  // Offset of the last scalar in quotes; nullopt: there was none.
  std::optional<size_t> last_quoted() const { return last_quoted_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Place(Make(Node::Kind::kNull, mark, "", anchor));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Place(Make(Node::Kind::kAlias, mark, "", YAML::NullAnchor));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    Node node = Make(Node::Kind::kScalar, mark, tag, anchor);
    node.text = value;
    node.style = ScalarStyle::kPlain;
    if (tag == "!") LocateQuoted(mark, node);
    Place(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Make(Node::Kind::kList, mark, tag, anchor));
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(Make(Node::Kind::kMap, mark, tag, anchor));
  }
  void OnMapEnd() override { Close(); }

 protected:
  absl::string_view text() const { return text_; }
  size_t OffsetOf(const YAML::Mark& mark) const {
    return index_.LineStart(static_cast<size_t>(mark.line)) +
           static_cast<size_t>(mark.column);
  }
  TextPlace PlaceOf(const YAML::Mark& mark) const {
    return index_.PlaceOf(static_cast<size_t>(mark.line),
                          static_cast<size_t>(mark.column));
  }

 private:
  // A collection that is still open; in a mapping, the key that waits for its
  // value.
  struct Frame {
    Node node;
    std::optional<Node> key;
  };

  Node Make(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    metered_.Restart();
    const TextPlace place = PlaceOf(mark);
    if (++nodes_ > kMaxYamlNodes) {
      throw Refusal{
          place, absl::StrCat("more than ", kMaxYamlNodes, " keys and values")};
    }
    Node node;
    node.kind = kind;
    node.line = node.text_line = place.line;
    node.column = node.text_column = place.column;
    // "?" and "!" are what the parser says where nothing was written.
    if (tag != "?" && tag != "!") node.tag = tag;
    node.anchored = anchor != YAML::NullAnchor;
    return node;
  }

  // Quoted or block: what the text itself has at the mark tells. A block
  // scalar begins at the first line below that is not blank.
  void LocateQuoted(const YAML::Mark& mark, Node& node) {
    const size_t line = static_cast<size_t>(mark.line);
    const size_t offset = OffsetOf(mark);
    node.style = ScalarStyle::kQuoted;
    if (offset >= text_.size()) return;
    if (text_[offset] == '"' || text_[offset] == '\'') last_quoted_ = offset;
    if (text_[offset] != '|' && text_[offset] != '>') return;
    node.style = ScalarStyle::kBlock;
    if (node.text.find_first_not_of('\n') == std::string::npos) return;
    const size_t start = index_.LineStart(line + 1);
    const size_t text = text_.find_first_not_of(" \r\n", start);
    if (text == absl::string_view::npos) return;
    const TextPlace place = index_.PlaceOf(text);
    node.text_line = place.line;
    node.text_column = place.column;
  }

  void Open(Node node) {
    if (stack_.size() >= kMaxYamlDepth) {
      throw Refusal{TextPlace{node.line, node.column},
                    absl::StrCat("nested more than ", kMaxYamlDepth, " deep")};
    }
    stack_.push_back({std::move(node), std::nullopt});
  }

  void Close() {
    Node node = std::move(stack_.back().node);
    stack_.pop_back();
    Place(std::move(node));
  }

  void Place(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = stack_.back();
    if (frame.node.kind == Node::Kind::kList) {
      frame.node.items.push_back(std::move(node));
      return;
    }
    if (!frame.key.has_value()) {
      frame.key = std::move(node);
      return;
    }
    if (node.kind == Node::Kind::kNull) {
      // The parser marks a missing value where it noticed, often lines below.
      node.line = node.text_line = frame.key->line;
      node.column = node.text_column = frame.key->column;
    }
    frame.node.pairs.push_back({*std::move(frame.key), std::move(node)});
    frame.key.reset();
  }

  absl::string_view text_;
  const TextIndex& index_;
  MeteredText& metered_;
  std::optional<size_t> last_quoted_;
  std::vector<Frame> stack_;
  Node root_;
  int nodes_ = 0;
};

// Whether nothing stands in `text` but blanks, comments, and marks where
// documents begin and end.
bool HasNoContent(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::ConsumePrefix(&line, "---") ||
        absl::ConsumePrefix(&line, "...")) {
      if (!line.empty() && !absl::ascii_isspace(line[0])) return false;
    }
    line = absl::StripLeadingAsciiWhitespace(line);
    if (!line.empty() && line[0] != '#') return false;
  }
  return true;
}

// Refuses a document that it meets, but where nothing more comes.
class SecondDocument : public TreeBuilder {
 public:
  using TreeBuilder::TreeBuilder;
  void OnDocumentStart(const YAML::Mark& mark) override {
    const size_t start = std::min(OffsetOf(mark), text().size());
    if (HasNoContent(text().substr(start))) return;
    throw Refusal{PlaceOf(mark), "more than one YAML document"};
  }
};

// Parses the one document of `text`, behind which empty ones may stand. Throws
// Refusal, and what yaml-cpp throws.
Node ParseMetered(absl::string_view text, const TextIndex& index,
                  MeteredText& metered) {
  std::istream stream(&metered);
  YAML::Parser parser(stream);
  TreeBuilder first(text, index, metered);
  parser.HandleNextDocument(first);
  SecondDocument second(text, index, metered);
  parser.HandleNextDocument(second);
  const std::optional<size_t> quoted = first.last_quoted();
  if (quoted.has_value() && !IsTerminated(text, *quoted)) {
    throw Refusal{index.PlaceOf(*quoted), "the closing quote is missing"};
  }
  return first.TakeRoot();
}

// The same; what came of a text that was ended early does not count.
Node Parse(absl::string_view text, const TextIndex& index) {
  MeteredText metered(text);
  const auto refuse_stopped = [&] {
    if (!metered.stopped_at().has_value()) return;
    throw Refusal{index.PlaceOf(*metered.stopped_at()),
                  absl::StrCat("more than ", kMaxYamlNodes,
                               " brackets and commas in one flow")};
  };
  try {
    Node root = ParseMetered(text, index, metered);
    refuse_stopped();
    return root;
  } catch (const YAML::Exception&) {
    refuse_stopped();
    throw;
  }
}

Diagnostic Syntax(absl::string_view path, TextPlace place,
                  absl::string_view why) {
  return Diagnostic{
      DiagnosticCode::kYamlSyntax, Severity::kError,
      SourceSpan{std::string(path), place.line, place.column},
      absl::StrCat("not a YAML document that extgate reads: ", why), ""};
}

// The tab in the indentation of the line that `error` is about, where that is
// why a block cannot be read: the scanner takes such a tab for the space behind
// a key, and then minds what stands behind it.
std::optional<size_t> TabThatIndents(absl::string_view text,
                                     const TextIndex& index,
                                     const YAML::Exception& error) {
  if (error.mark.is_null() || (error.msg != YAML::ErrorMsg::MAP_VALUE &&
                               error.msg != YAML::ErrorMsg::MAP_KEY &&
                               error.msg != YAML::ErrorMsg::BLOCK_ENTRY)) {
    return std::nullopt;
  }
  const size_t start = index.LineStart(static_cast<size_t>(error.mark.line));
  const size_t end = text.find_first_not_of(" \t", start);
  const size_t tab = text.find('\t', start);
  if (tab == absl::string_view::npos || tab >= end) return std::nullopt;
  return tab;
}

}  // namespace

WithDiagnostics<std::optional<Node>> ReadYaml(absl::string_view text,
                                              absl::string_view path) {
  if (text.size() > kMaxPolicyBytes) {
    return {std::nullopt,
            {{DiagnosticCode::kFileUnreadable, Severity::kError,
              SourceSpan{std::string(path), 0, 0},
              absl::StrCat("it has ", text.size(), " bytes, more than the ",
                           kMaxPolicyBytes, " that a policy may have"),
              ""}}};
  }
  if (absl::StartsWith(text, kByteOrderMark)) text.remove_prefix(3);
  try {
    const TextIndex index(text);
    if (const auto bad = FirstForbiddenByte(text); bad.has_value()) {
      return {std::nullopt,
              {Syntax(path, index.PlaceOf(*bad),
                      "a byte that is no printable UTF-8 text")}};
    }
    try {
      return {Parse(text, index), {}};
    } catch (const Refusal& refusal) {
      return {std::nullopt, {Syntax(path, refusal.place, refusal.message)}};
    } catch (const YAML::Exception& error) {
      const TextPlace place =
          error.mark.is_null()
              ? index.PlaceOf(text.size())
              : index.PlaceOf(static_cast<size_t>(error.mark.line),
                              static_cast<size_t>(error.mark.column));
      const auto tab = TabThatIndents(text, index, error);
      return {std::nullopt,
              {tab.has_value() ? Syntax(path, index.PlaceOf(*tab),
                                        YAML::ErrorMsg::TAB_IN_INDENTATION)
                               : Syntax(path, place, error.msg)}};
    }
  } catch (const std::bad_alloc&) {
    return {std::nullopt, {Syntax(path, {1, 1}, "not enough memory")}};
  } catch (const std::exception& error) {
    return {std::nullopt, {Syntax(path, {1, 1}, error.what())}};
  } catch (...) {
    return {std::nullopt, {Syntax(path, {1, 1}, "the parser gave up")}};
  }
}

}  // namespace extgate
