"""Which function serves an operation."""

import importlib
import inspect


def get_function_from_name(function_name):
    module_name, _, attribute_path = function_name.rpartition(".")
    while True:
        try:
            found = importlib.import_module(module_name)
            break
        except ImportError:
            # The name of a class may stand between the module and the function.
            module_name, dot, class_name = module_name.rpartition(".")
            if not dot:
                raise
            attribute_path = class_name + "." + attribute_path
    for attribute in attribute_path.split("."):
        found = getattr(found, attribute)
    return found


class ResolverError(LookupError):
    pass


class Resolution:
    def __init__(self, function, operation_id):
        self.function = function
        self.operation_id = operation_id


class Resolver:
    def __init__(self, function_resolver=get_function_from_name):
        self.function_resolver = function_resolver

    def resolve(self, operation):
        operation_id = self.resolve_operation_id(operation)
        return Resolution(self.resolve_function_from_operation_id(operation_id), operation_id)

    def resolve_operation_id(self, operation):
        if operation.router_controller is None:
            return operation.operation_id
        return operation.router_controller + "." + operation.operation_id

    def resolve_function_from_operation_id(self, operation_id):
        try:
            return self.function_resolver(operation_id)
        except (ImportError, AttributeError, ValueError) as error:
            raise ResolverError(operation_id) from error


class RelativeResolver(Resolver):
    def __init__(self, root_path, function_resolver=get_function_from_name):
        super().__init__(function_resolver=function_resolver)
        self.root_path = root_path.__name__ if inspect.ismodule(root_path) else root_path

    def resolve_operation_id(self, operation):
        if operation.router_controller is None:
            return self.root_path + "." + operation.operation_id
        return operation.router_controller + "." + operation.operation_id


def _is_variable(component):
    return component.startswith("{") and component.endswith("}")


class RestyResolver(Resolver):
    def __init__(self, default_module_name, collection_endpoint_name="search"):
        super().__init__()
        self.default_module_name = default_module_name
        self.collection_endpoint_name = collection_endpoint_name

    def resolve_operation_id(self, operation):
        if operation.operation_id:
            return super().resolve_operation_id(operation)
        return self.resolve_operation_id_using_rest_semantics(operation)

    def resolve_operation_id_using_rest_semantics(self, operation):
        components = [part for part in operation.path.split("/") if part]
        resource = ".".join([part for part in components if not _is_variable(part)]).replace("-", "_")
        controller = self.default_module_name
        if operation.router_controller:
            controller = operation.router_controller
        elif resource:
            controller = controller + "." + resource
        function = operation.method.lower()
        if function == "get" and resource and not _is_variable(components[-1]):
            function = self.collection_endpoint_name
        return controller + "." + function


class MethodViewResolver(RestyResolver):
    def __init__(self, *args, class_arguments=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.class_arguments = class_arguments or {}
        self.initialized_views = {}

    def resolve_operation_id(self, operation):
        if operation.operation_id:
            return super().resolve_operation_id(operation)
        operation_id = self.resolve_operation_id_using_rest_semantics(operation)
        module_name, view_base, method_name = operation_id.rsplit(".", 2)
        view_name = "".join([part[:1].upper() + part[1:] for part in view_base.split("_")]) + "View"
        return module_name + "." + view_name + "." + method_name

    def resolve_function_from_operation_id(self, operation_id):
        module_name, view_name, method_name = operation_id.rsplit(".", 2)
        if not view_name.endswith("View"):
            return super().resolve_function_from_operation_id(operation_id)
        try:
            view_class = getattr(importlib.import_module(module_name), view_name)
            name = module_name + "." + view_name
            if name not in self.initialized_views:
                chosen = self.class_arguments.get(view_name, {})
                self.initialized_views[name] = view_class(*chosen.get("args", ()), **chosen.get("kwargs", {}))
            return getattr(self.initialized_views[name], method_name)
        except (ImportError, AttributeError, ValueError) as error:
            raise ResolverError(operation_id) from error


MethodResolver = MethodViewResolver
