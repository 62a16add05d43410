"""Says what is wrong with Kubernetes manifests and with IAM policies, without a network.

    validate.py manifests VERSION FOLDER    the definitions of custom resources lie in the folder
    validate.py policies

Reads a JSON list of {"at": ..., "document": ...} and writes one of {"at": ..., "fault": ...}. Fields that
an API doesn't know are faults. Rules that a definition has in CEL are not evaluated.
"""

import json
import pathlib
import sys

import yaml


class Definitions:
    """The schemas of custom resources, by group, version and kind."""

    def __init__(self, folder):
        self.schemas = {}
        # libyaml, where there is one: the definitions are five megabytes.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        # YAML 1.1 gives `=` a meaning that nobody wants: some definitions have it among their words.
        loader.add_constructor("tag:yaml.org,2002:value", lambda self, node: self.construct_scalar(node))
        for path in sorted(pathlib.Path(folder).iterdir()):
            for text in path.read_text().split("\n---"):
                if "kind: CustomResourceDefinition" not in text or "{{" in text.split("spec:", 1)[0]:
                    continue
                definition = yaml.load(text.removeprefix("---"), Loader=loader)
                if not definition or definition.get("kind") != "CustomResourceDefinition":
                    continue
                spec = definition["spec"]
                for version in spec["versions"]:
                    key = (spec["group"], version["name"], spec["names"]["kind"])
                    schema = version.get("schema", {}).get("openAPIV3Schema")
                    if schema and version.get("served", True):
                        self.schemas[key] = strict(schema, root=True)

    def of(self, group, version, kind):
        return self.schemas.get((group, version, kind))

    def knows(self, group):
        return any(known == group for known, _, _ in self.schemas)


def strict(schema, root=False):
    """The JSON Schema of what a definition says, in which unknown fields are refused."""
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key == "properties":
            out[key] = {name: strict(inner) for name, inner in value.items()}
        elif key in ("items", "not", "additionalProperties"):
            out[key] = strict(value)
        elif key in ("allOf", "anyOf", "oneOf"):
            # These only narrow what `properties` beside them says: they refuse no names.
            out[key] = [loose(inner) for inner in value]
        elif key not in ("description", "default", "format", "example", "nullable") and not key.startswith("x-"):
            out[key] = value
    free = schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-embedded-resource")
    if "properties" in out and "additionalProperties" not in out and not free:
        out["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        out.pop("type", None)
        out["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if schema.get("nullable") and "type" in out:
        out["type"] = [out["type"], "null"]
        if "enum" in out:
            out["enum"] = [*out["enum"], None]
    if root:
        for name in ("apiVersion", "kind", "metadata"):
            out.setdefault("properties", {})[name] = {}
    return out


def loose(schema):
    return {key: value for key, value in schema.items() if not key.startswith("x-")}


def manifest_faults(items, version, folder):
    import jsonschema
    import kubernetes_validate

    definitions = Definitions(folder)
    validators = {}

    def built_in(document):
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            return [f"Kubernetes {version} has no {document['kind']} of {document['apiVersion']}"]
        except kubernetes_validate.ValidationError as error:
            path = ".".join(str(step) for step in error.path)
            return [f"{path or 'it'}: {error.message}"]
        return []

    def faults(document):
        api_version, kind = document.get("apiVersion", ""), document.get("kind", "")
        group, _, name = api_version.rpartition("/")
        schema = definitions.of(group, name, kind)
        if schema is None:
            if definitions.knows(group):
                return [f"no version of the definitions has a {kind} of {api_version}"]
            if "." in group and not group.endswith(".k8s.io"):
                return [f"nothing is known of the group {group}: add its definitions to tests/manifests/schemas"]
            return built_in(document)
        validator = validators.setdefault((api_version, kind), jsonschema.Draft202012Validator(schema))
        found = []
        for error in validator.iter_errors(document):
            path = ".".join(str(step) for step in error.absolute_path)
            found.append(f"{path or 'it'}: {error.message}")
        # Of its metadata a definition says nothing: they are those of every object.
        metadata = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": document.get("metadata")}
        return found + built_in(metadata)

    return [
        {"at": item["at"], "fault": fault} for item in items for fault in faults(item["document"])
    ]


# What stands for the resource of a policy that belongs to a resource, and so names itself by `*` or not at
# all. The linter only knows policies of identities, where `*` would be everything.
OWN = {"kms": "arn:aws:kms:us-east-1:123456789012:key/own", "sts": "arn:aws:iam::123456789012:role/own"}


def as_of_identity(document):
    """The same policy as if it weren't part of the resource that it is about."""
    statements = document["Statement"]
    named = []
    for statement in statements if isinstance(statements, list) else [statements]:
        if "Principal" in statement and statement.get("Resource", "*") == "*":
            actions = statement.get("Action", [])
            action = actions if isinstance(actions, str) else next(iter(actions), "")
            own = OWN.get(action.partition(":")[0])
            if own:
                statement = {**statement, "Resource": own}
        named.append(statement)
    return {**document, "Statement": named}


def policy_faults(items):
    from parliament import analyze_policy_string, enhance_finding

    found = []
    for item in items:
        item["document"] = as_of_identity(item["document"])
        for finding in analyze_policy_string(json.dumps(item["document"])).findings:
            finding = enhance_finding(finding)
            detail = finding.detail if isinstance(finding.detail, str) else json.dumps(finding.detail)
            found.append({"at": item["at"], "fault": f"{finding.issue}: {finding.title}: {detail}"})
    return found


def main():
    items = json.load(sys.stdin)
    if sys.argv[1] == "manifests":
        found = manifest_faults(items, sys.argv[2], sys.argv[3])
    else:
        found = policy_faults(items)
    json.dump(found, sys.stdout, indent=1)


main()
