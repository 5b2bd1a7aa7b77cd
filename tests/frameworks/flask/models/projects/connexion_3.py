"""Set-ups for Connexion 3, run with the real framework or with its model."""

import pathlib
import sys

import connexion
from connexion.options import SwaggerUIOptions
from connexion.resolver import RestyResolver

HERE = pathlib.Path(__file__).parent / "connexion_site"
sys.path.insert(0, str(HERE))


def started(site):
    if hasattr(site, "middleware"):
        # The rules reach Flask when the server starts.
        site.middleware.app, _ = site.middleware._build_middleware_stack()
    return site.app


def case_document():
    options = SwaggerUIOptions(swagger_ui=True)
    site = connexion.FlaskApp("shop", specification_dir=HERE, swagger_ui_options=options)
    site.add_api("openapi.yaml", arguments={"title": "x"})
    return started(site)


def case_without_base_path():
    site = connexion.FlaskApp("shop", specification_dir=HERE, jsonifier=None)
    site.add_api("resty.yaml", resolver=RestyResolver("handlers"))
    site.add_api("openapi.yaml", base_path="/named", name="named", arguments={"title": "x"})
    return started(site)
