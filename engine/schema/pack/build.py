#!/usr/bin/env python3
"""Makes data/schemas.json.gz from the OpenAPI v3 documents that k8s.io/kubernetes carries, and from
the definitions of the Gateway API (standard channel) that sigs.k8s.io/gateway-api carries.

    engine/schema/pack/build.py [VERSION]      # VERSION: v1.36.3 when left out

Keeps, for every stable group version: the kinds that have a REST path, their types (fields,
required ones, list and map semantics of server-side apply), path facts (plural, namespaced, verbs,
subresources) and the short names. Drops descriptions, validation by format and the alpha and beta
versions. Needs `go` (the modules are taken from the module cache) and PyYAML; writes the same bytes every time.
"""

import gzip
import json
import pathlib
import re
import subprocess
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "data" / "schemas.json.gz"
REF = "#/components/schemas/"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
RAW = "io.k8s.apimachinery.pkg.runtime.RawExtension"
TIMES = ("io.k8s.apimachinery.pkg.apis.meta.v1.Time", "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime")

# The definitions that the test cluster installs: the version stands in its module, and only there.
GATEWAY_API = "sigs.k8s.io/gateway-api"
GATEWAY_MODULE = HERE.parents[2] / "tests" / "cluster" / "gateway" / "go.mod"
GATEWAY_KINDS = ("gatewayclasses", "gateways", "httproutes")
OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def module(path, version):
    out = subprocess.run(
        ["go", "mod", "download", "-json", f"{path}@{version}"], check=True, capture_output=True, text=True
    ).stdout
    return pathlib.Path(json.loads(out)["Dir"])


class GoTypes:
    """What the Go structs say and OpenAPI does not: pointers, and what is left out when empty."""

    FIELD = re.compile(r'^\s+(?:(\w+)\s+)?([\w.*\[\]]+)\s+`[^`]*json:"([^"]*)"')

    def __init__(self, release):
        self.release = release
        self.packages = {}

    def structs(self, name):
        """All structs of the package that a schema name such as io.k8s.api.apps.v1.Deployment is of."""
        parts = name.removeprefix("io.k8s.").split(".")
        where = tuple(parts[:-1])
        if where not in self.packages:
            folder = module(f"k8s.io/{where[0]}", self.release).joinpath(*where[1:])
            found = {}
            for path in sorted(folder.glob("types*.go")) + sorted(folder.glob("*_types.go")):
                for struct in re.finditer(r"^type (\w+) struct \{\n(.*?)^\}", path.read_text(), re.M | re.S):
                    found[struct.group(1)] = [m.groups() for m in map(self.FIELD.match, struct.group(2).splitlines()) if m]
            self.packages[where] = found
        return self.packages[where]

    def fields(self, name):
        """Field name → (is a pointer, is left out when empty, is left out when a zero struct)."""
        structs = self.structs(name)
        out = {}
        for _, kind, tag in structs.get(name.rsplit(".", 1)[1], []):
            json_name, *options = tag.split(",")
            if not json_name and "inline" in options:
                inner = kind.rsplit(".", 1)[-1]
                if inner in structs:
                    out.update(self.fields(name.rsplit(".", 1)[0] + "." + inner))
            elif json_name:
                out[json_name] = (kind.startswith("*"), "omitempty" in options, "omitzero" in options)
        return out


class Types:
    """Interns types: equal ones share an index."""

    def __init__(self, schemas, go):
        self.schemas = schemas
        self.go = go
        self.rows = []
        self.index = {}
        self.named = {}

    def add(self, row):
        key = json.dumps(row, sort_keys=True)
        if key not in self.index:
            self.index[key] = len(self.rows)
            self.rows.append(row)
        return self.index[key]

    def by_name(self, name, atomic=None):
        """A named schema; `atomic` is the field's own x-kubernetes-map-type, which wins."""
        schema = self.schemas[name]
        if name == QUANTITY:
            return self.add("q")
        if name == INT_OR_STRING:
            return self.add("x")
        if name == RAW:
            return self.add("r")
        if name in TIMES:
            return self.add("t")
        if "properties" not in schema:
            return self.inline(schema)
        own = schema.get("x-kubernetes-map-type") == "atomic"
        atomic = own if atomic is None else atomic
        key = (name, atomic)
        if key not in self.named:
            # Reserved first: types refer to themselves.
            self.named[key] = len(self.rows)
            self.rows.append(None)
            self.rows[self.named[key]] = self.struct(name, schema, atomic)
        return self.named[key]

    def struct(self, name, schema, atomic):
        assert "additionalProperties" not in schema, name
        required = set(schema.get("required", []))
        go = self.go.fields(name)
        assert go.keys() >= schema["properties"].keys() - {"apiVersion", "kind", "metadata"}, (name, go.keys())
        fields = {}
        for field, prop in sorted(schema["properties"].items()):
            # kind and apiVersion come from the embedded TypeMeta: both are left out when empty.
            fields[field] = self.field(prop, field in required, *go.get(field, (False, True, False)))
        row = {"n": name.rsplit(".", 1)[1], "f": fields}
        if atomic:
            row["a"] = 1
        return row

    def field(self, prop, required, pointer, omitted, zero):
        """[type], [type, flags] or [type, flags, default].

        Flags: 1 required; 2 written even when absent (no pointer, never left out); 4 kept when empty;
        8 the default is filled in by the server (the others only complete list keys)."""
        ref = self.ref(prop)
        target = self.rows[ref]
        struct = isinstance(target, dict) and "f" in target or ref in self.named.values()
        value = struct or target in ("q", "x", "t")
        always = not pointer and not zero and (value or not omitted)
        default = prop.get("default")
        filled = default not in (None, {}) and (default not in ("", 0, False) or pointer)
        flags = required | always << 1 | (always or pointer) << 2 | filled << 3
        if default not in (None, {}):
            return [ref, flags, default]
        return [ref, flags] if flags else [ref]

    def ref(self, prop):
        name = prop.get("$ref") or (prop["allOf"][0]["$ref"] if len(prop.get("allOf", [])) == 1 else None)
        if name is None:
            return self.inline(prop)
        kind = prop.get("x-kubernetes-map-type")
        return self.by_name(name.removeprefix(REF), None if kind is None else kind == "atomic")

    def inline(self, prop):
        kind = prop.get("type")
        if kind is None:
            return self.add("u")
        if kind == "string":
            return self.add({None: "s", "byte": "y", "date-time": "t"}[prop.get("format")])
        if kind == "integer":
            return self.add({"int32": "i", "int64": "l", None: "l"}[prop.get("format")])
        if kind in ("number", "boolean"):
            return self.add(kind[0])
        if kind == "array":
            return self.add(self.array(prop))
        assert kind == "object" and "properties" not in prop, prop
        extra = prop.get("additionalProperties")
        if not isinstance(extra, dict):
            return self.add("o")
        row = {"m": self.ref(extra)}
        if prop.get("x-kubernetes-map-type") == "atomic":
            row["a"] = 1
        return self.add(row)

    def array(self, prop):
        row = {"l": self.ref(prop["items"])}
        kind = prop.get("x-kubernetes-list-type")
        if kind == "map":
            row["k"] = prop["x-kubernetes-list-map-keys"]
        elif kind == "set":
            row["s"] = 1
        elif kind is None and prop.get("x-kubernetes-patch-strategy", "").startswith("merge"):
            # The API server falls back to the strategic-merge markers here.
            key = prop.get("x-kubernetes-patch-merge-key")
            row.update({"k": [key]} if key else {"s": 1})
        return row


class Definition:
    """A kind that a CustomResourceDefinition declares, as its version v1 says.

    The server keeps every empty value of such an object, and fills in each default that is stated."""

    def __init__(self, document, types):
        self.spec = document["spec"]
        self.version = next(v for v in self.spec["versions"] if v["name"] == "v1")
        self.types = types

    def row(self):
        names = self.spec["names"]
        gvk = {"g": self.spec["group"], "v": "v1", "k": names["kind"]}
        row = {
            **gvk,
            "p": names["plural"],
            "t": self.value(self.version["schema"]["openAPIV3Schema"], names["kind"]),
            "verbs": sorted(["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]),
            "c": 1,
        }
        if self.spec["scope"] == "Namespaced":
            row["ns"] = 1
        if names.get("shortNames"):
            row["short"] = names["shortNames"]
        if "status" in self.version.get("subresources", {}):
            row["sub"] = {"status": {"verbs": ["get", "patch", "update"], **gvk}}
        return row

    def value(self, schema, name):
        """The type of a schema; `name` is the way to it, which names its struct."""
        if schema.get("x-kubernetes-int-or-string"):
            return self.types.add("x")
        kind = schema.get("type")
        if kind is None:
            return self.types.add("u")
        if kind == "array":
            row = {"l": self.value(schema["items"], name)}
            how = schema.get("x-kubernetes-list-type")
            if how == "map":
                row["k"] = schema["x-kubernetes-list-map-keys"]
            elif how == "set":
                row["s"] = 1
            return self.types.add(row)
        if kind != "object":
            return self.types.inline({k: v for k, v in schema.items() if k in ("type", "format")})
        atomic = {"a": 1} if schema.get("x-kubernetes-map-type") == "atomic" else {}
        if isinstance(schema.get("additionalProperties"), dict):
            return self.types.add({"m": self.value(schema["additionalProperties"], name), **atomic})
        if "properties" not in schema:
            return self.types.add("o")
        required = set(schema.get("required", []))
        fields = {}
        for field, prop in sorted(schema["properties"].items()):
            if field == "metadata" and "." not in name:
                fields[field] = [self.types.by_name(OBJECT_META), 4]
                continue
            ref = self.value(prop, f"{name}.{field}")
            flags = (field in required) | 4
            fields[field] = [ref, flags | 8, prop["default"]] if "default" in prop else [ref, flags]
        return self.types.add({"n": name, "f": fields, **atomic})


def gateway_definitions():
    version = re.search(rf"{GATEWAY_API} (v\S+)", GATEWAY_MODULE.read_text()).group(1)
    folder = module(GATEWAY_API, version) / "config" / "crd" / "standard"
    return [yaml.safe_load((folder / f"gateway.networking.k8s.io_{kind}.yaml").read_text()) for kind in GATEWAY_KINDS]


def short_names(root):
    names = {}
    for path in (root / "pkg" / "registry").rglob("*.go"):
        found = re.search(r'ShortNames\(\) \[\]string \{\s*return \[\]string\{([^}]*)\}', path.read_text())
        if found:
            group, resource = path.relative_to(root / "pkg" / "registry").parts[:2]
            names[(group, resource)] = re.findall(r'"([^"]*)"', found.group(1))
    names[("apiextensions", "customresourcedefinition")] = ["crd", "crds"]
    return names


def kinds(documents, types, shorts):
    found = {}
    for document in documents:
        for path, item in document["paths"].items():
            parts = [p for p in path.split("/") if p]
            if "watch" in parts[:4] or len(parts) < 3:
                continue
            rest = parts[2:] if parts[0] == "api" else parts[3:]
            namespaced = rest[:2] == ["namespaces", "{namespace}"]
            rest = rest[2:] if namespaced else rest
            if not rest or len(rest) > 3 or (len(rest) > 1 and rest[1] != "{name}"):
                continue
            group, version = ("", parts[1]) if parts[0] == "api" else (parts[1], parts[2])
            entry = found.setdefault((group, version, rest[0]), {"verbs": set(), "sub": {}, "namespaced": False})
            entry["namespaced"] |= namespaced
            for method, operation in item.items():
                if not isinstance(operation, dict) or "x-kubernetes-action" not in operation:
                    continue
                gvk = operation["x-kubernetes-group-version-kind"]
                verb = {"post": "create", "put": "update", "connect": "get", "watchlist": "watch"}.get(
                    operation["x-kubernetes-action"], operation["x-kubernetes-action"]
                )
                if len(rest) == 3:
                    sub = entry["sub"].setdefault(rest[2], {"verbs": set(), "gvk": gvk})
                    sub["verbs"].add(verb)
                else:
                    entry["verbs"].add(verb)
                    entry["gvk"] = gvk
    names = {}
    for document in documents:
        for name, schema in document["components"]["schemas"].items():
            for gvk in schema.get("x-kubernetes-group-version-kind", []):
                names[(gvk["group"], gvk["version"], gvk["kind"])] = name
    rows = []
    for (group, version, plural), entry in sorted(found.items()):
        gvk = entry.get("gvk")
        if gvk is None:
            continue
        if {"get", "list"} <= entry["verbs"] and {"create", "patch"} & entry["verbs"]:
            entry["verbs"] |= {"watch"}
        row = {
            "g": gvk["group"],
            "v": gvk["version"],
            "k": gvk["kind"],
            "p": plural,
            "t": types.by_name(names[(gvk["group"], gvk["version"], gvk["kind"])]),
            "verbs": sorted(entry["verbs"]),
        }
        if entry["namespaced"]:
            row["ns"] = 1
        family = {"": "core"}.get(group, group.split(".")[0])
        short = shorts.get((family, gvk["kind"].lower())) or shorts.get((family, plural.removesuffix("s")))
        if short:
            row["short"] = short
        sub = {
            name: {"verbs": sorted(s["verbs"]), "g": s["gvk"]["group"], "v": s["gvk"]["version"], "k": s["gvk"]["kind"]}
            for name, s in sorted(entry["sub"].items())
        }
        if sub:
            row["sub"] = sub
        rows.append(row)
    return rows


def main():
    version = sys.argv[1] if len(sys.argv) > 1 else "v1.36.3"
    root = module("k8s.io/kubernetes", version)
    documents = []
    for path in sorted((root / "api" / "openapi-spec" / "v3").glob("*.json")):
        if re.search(r"__v\d+_openapi", path.name):
            document = json.loads(path.read_text())
            if "schemas" in document.get("components", {}):
                documents.append(document)
    schemas = {}
    for document in documents:
        schemas.update(document["components"]["schemas"])
    go = GoTypes("v0." + version.split(".", 1)[1])
    types = Types(schemas, go)
    rows = kinds(documents, types, short_names(root))
    rows += [Definition(document, types).row() for document in gateway_definitions()]
    rows.sort(key=lambda row: (row["g"], row["v"], row["p"]))
    extra = {"scale": types.by_name("io.k8s.api.autoscaling.v1.Scale")}
    pack = {"minor": ".".join(version.lstrip("v").split(".")[:2]), "types": types.rows, "kinds": rows, **extra}
    text = json.dumps(pack, separators=(",", ":"), sort_keys=True).encode()
    OUT.parent.mkdir(exist_ok=True)
    with open(OUT, "wb") as file, gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=9, mtime=0) as out:
        out.write(text)
    print(f"{len(rows)} kinds, {len(types.rows)} types, {len(text)} bytes, {OUT.stat().st_size} compressed")


if __name__ == "__main__":
    main()
