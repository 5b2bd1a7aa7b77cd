"""What Flask-COMBO-JSONAPI registers: as Flask-REST-JSONAPI, with the API's decorators on each resource."""

from flask_rest_jsonapi import Api as _Api
from flask_rest_jsonapi import ResourceDetail, ResourceList, ResourceRelationship

__all__ = ["Api", "ResourceDetail", "ResourceList", "ResourceRelationship"]


class Api(_Api):
    def _decorate(self, resource):
        super()._decorate(resource)
        # Added once for each call of route(), a second time for resources routed before init_app().
        resource.decorators = (*resource.decorators, *self.decorators)
