"""The release that is meant, major and minor."""

RELEASE = __installed__((5, 9), "flask-security", "flask-security-too")
