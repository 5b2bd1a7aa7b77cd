"""Chart pages: one or two rules each."""

from flask_appbuilder.baseviews import BaseModelView, expose
from flask_appbuilder.security.decorators import has_access


class BaseChartView(BaseModelView):
    default_view = "chart"
    chart_title = "Chart"
    chart_type = "PieChart"


class GroupByChartView(BaseChartView):
    definitions = []

    @expose("/chart/<group_by>")
    @expose("/chart/")
    @has_access
    def chart(self, group_by=0):
        pass


class DirectByChartView(GroupByChartView):
    pass


class BaseSimpleGroupByChartView(BaseChartView):
    group_by_columns = []


class BaseSimpleDirectChartView(BaseChartView):
    direct_columns = []


class ChartView(BaseSimpleGroupByChartView):
    @expose("/chart/<group_by>")
    @expose("/chart/")
    @has_access
    def chart(self, group_by=""):
        pass


class TimeChartView(BaseSimpleGroupByChartView):
    @expose("/chart/<group_by>/<period>")
    @expose("/chart/")
    @has_access
    def chart(self, group_by="", period=""):
        pass


class DirectChartView(BaseSimpleDirectChartView):
    @expose("/chart/<group_by>")
    @expose("/chart/")
    @has_access
    def chart(self, group_by=""):
        pass
