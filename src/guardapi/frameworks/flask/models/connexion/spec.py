"""An OpenAPI document: read, its references followed, its operations listed."""

import os

import yaml

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

_CONVERTERS = {"integer": "int:", "number": "float:", "path": "path:"}


def _read(path, arguments):
    with open(path) as file:
        text = file.read()
    document = yaml.safe_load(__render__(text, arguments))
    if not __known__(document):
        __undecided__("an OpenAPI document that cannot be read: its operations are not known")
        return {}
    return document


def flaskify_endpoint(identifier):
    return identifier.replace(".", "_")


def flaskify_path(path, types):
    parts = path.split("{")
    rule = parts[0]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        rule = rule + "<" + _CONVERTERS.get(types.get(name), "") + name.replace("-", "_") + ">" + rest
    return rule


class Operation:
    """What resolvers ask for: id, controller, path and method."""

    def __init__(self, method, path, definition, path_types, router_controller):
        self.method = method
        self.path = path
        self.operation_id = definition.get("operationId")
        self.router_controller = router_controller
        self.path_types = path_types


class Specification:
    def __init__(self, source, arguments=None):
        self.folder = ""
        self.arguments = arguments or {}
        if isinstance(source, dict):
            self.document = source
        else:
            self.folder = os.path.dirname(str(source))
            self.document = _read(str(source), self.arguments)
        self.files = {}

    @property
    def is_version_2(self):
        return not self.document.get("openapi")

    @property
    def base_path(self):
        if self.is_version_2:
            return self.document.get("basePath", "").rstrip("/")
        servers = self.document.get("servers", [])
        if not servers:
            return ""
        url = servers[0]["url"]
        for name, variable in servers[0].get("variables", {}).items():
            url = url.replace("{" + name + "}", str(variable["default"]))
        if "://" in url:
            url = "/" + url.split("://", 1)[1].partition("/")[2]
        return url.split("?")[0].split("#")[0].rstrip("/")

    def _follow(self, node, document):
        """The node a chain of references ends in, and the document it is written in."""
        for _ in range(20):
            if not isinstance(node, dict) or "$ref" not in node:
                break
            file, _, pointer = node["$ref"].partition("#")
            if file:
                if file not in self.files:
                    self.files[file] = _read(os.path.join(self.folder, file), self.arguments)
                document = self.files[file]
            node = document
            for step in pointer.strip("/").split("/"):
                if step:
                    node = node[step.replace("~1", "/").replace("~0", "~")]
        return node, document

    def _path_types(self, parameters):
        types = {}
        for parameter, document in parameters:
            definition, place = self._follow(parameter, document)
            if definition.get("in") != "path":
                continue
            schema = definition
            if not self.is_version_2:
                schema, _ = self._follow(definition.get("schema", {}), place)
            kind = schema.get("type")
            if kind == "string" and schema.get("format") == "path":
                kind = "path"
            types[definition["name"]] = kind
        return types

    def operations(self):
        controller = "x-swagger-router-controller" if self.is_version_2 else "x-openapi-router-controller"
        found = []
        for path, written in self.document.get("paths", {}).items():
            item, document = self._follow(written, self.document)
            shared = [(parameter, document) for parameter in item.get("parameters", [])]
            for method, definition in item.items():
                if method not in METHODS:
                    continue
                own = [(parameter, document) for parameter in definition.get("parameters", [])]
                types = self._path_types(own + shared)
                found.append(Operation(method, path, definition, types, definition.get(controller)))
        return found
