"""The release that is meant, major and minor; 4 and 5 differ in routes."""

RELEASE = __installed__((5, 3), "flask-appbuilder")
