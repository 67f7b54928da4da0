"""Holds docs/policy.schema.json against the policies of testdata, the message
of proto/policy.proto, and the words of policy/.

Usage: policy_schema.py ROOT. Prints what does not hold; exit status 1 then.

A good policy meets the schema. A bad one does not, where it has an error that
a schema can see at all: a key, a word, a type, something missing.
"""

import json
import os
import re
import sys

import jsonschema
import yaml

# What a schema sees of the codes in a *.expected file.
SEEN = {"unknown-key", "unknown-value", "wrong-type", "missing-key"}
# Bad policies whose only such errors a schema cannot see, and why.
EXCUSED = {
    "beside-the-policy": "a cloud-config may have other keys beside ours",
    "root-keys": "a cloud-config may have other keys beside ours",
}


class Loader(yaml.SafeLoader):
    """A date stays text, as in YAML 1.2."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers
            if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def policies(folder):
    for name in sorted(os.listdir(folder)):
        if name.endswith(".yaml"):
            yield name[:-len(".yaml")], os.path.join(folder, name)


def fields(proto):
    """The field names of each message."""
    found, message = {}, None
    for line in proto.splitlines():
        if match := re.match(r"message (\w+) \{", line):
            message = found.setdefault(match[1], set())
        elif match := re.match(r"\s+(?:optional|repeated|map<[^>]*>) ?"
                               r"(?:[\w.]+ )?(\w+) = \d+;", line):
            message.add(match[1])
    return found


def word_tables(folder):
    """The closed words of the policy language, one set each."""
    tables = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".h"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            for table in re.findall(r"kTable\[\] = \{(.*?)\};", file.read(),
                                    re.DOTALL):
                tables.append(set(re.findall(r'"([^"]*)"', table)))
    return tables


def choices(schema):
    """The closed words that the schema allows somewhere, one set each."""
    if isinstance(schema, dict):
        if isinstance(schema.get("enum"), list):
            yield {word for word in schema["enum"] if isinstance(word, str)}
        for value in schema.values():
            yield from choices(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from choices(value)


def properties(schema):
    """All keys that the schema has a place for, of one object each."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield set(schema["properties"])
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def main():
    root = sys.argv[1]
    with open(os.path.join(root, "docs/policy.schema.json")) as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    testdata = os.path.join(root, "testdata/policies")
    wrong, rejected, accepted = [], 0, 0

    for name, path in policies(os.path.join(testdata, "good")):
        with open(path, encoding="utf-8") as file:
            policy = yaml.load(file, Loader)
        errors = list(validator.iter_errors(policy))
        accepted += 1
        wrong += ["good/%s: %s: %s" % (name, "/".join(map(str, error.path)),
                                       error.message) for error in errors]

    for name, path in policies(os.path.join(testdata, "bad")):
        with open(path[:-len("yaml")] + "expected", encoding="utf-8") as file:
            codes = set(re.findall(r"error: .*\(([a-z-]+)\)", file.read()))
        try:
            with open(path, encoding="utf-8") as file:
                policy = yaml.load(file, Loader)
        except yaml.YAMLError:
            continue
        if validator.is_valid(policy):
            if codes & SEEN and name not in EXCUSED:
                wrong.append("bad/%s meets the schema: %s" %
                             (name, ", ".join(sorted(codes))))
        else:
            rejected += 1

    with open(os.path.join(root, "proto/policy.proto")) as file:
        messages = fields(file.read())
    messages.pop("PolicyFile")
    known = list(properties(schema))
    for message, names in messages.items():
        # One object of the schema has them all; of a choice, one of several.
        if names not in known and not all({name} in known for name in names):
            wrong.append("the schema has not the keys of %s: %s" %
                         (message, ", ".join(sorted(names))))

    tables = word_tables(os.path.join(root, "policy"))
    policy = schema["definitions"]["policy"]
    for words in choices([policy["properties"], schema["definitions"]["rule"]]):
        if words and words not in tables:
            wrong.append("no words of the language: %s" %
                         ", ".join(sorted(words)))

    if accepted < 10 or rejected < 10 or len(messages) < 8:
        wrong.append("too little was held against the schema: %d good, %d bad, "
                     "%d messages" % (accepted, rejected, len(messages)))
    print("\n".join(wrong) or "%d good, %d bad, %d messages" %
          (accepted, rejected, len(messages)))
    return 1 if wrong else 0


sys.exit(main())
