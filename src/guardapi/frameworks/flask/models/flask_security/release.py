"""The release that is modelled, major and minor."""

RELEASE = (5, 9)
