"""Flask-AppBuilder 5 (and 4): one blueprint for every view and API, and those it brings itself."""

from flask_appbuilder.actions import action
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.base import AppBuilder
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.charts.views import DirectByChartView, GroupByChartView
from flask_appbuilder.models.sqla import Base, Model
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.views import (
    CompactCRUDMixin,
    IndexView,
    MasterDetailView,
    ModelView,
    MultipleView,
    PublicFormView,
    RestCRUDView,
    SimpleFormView,
)
