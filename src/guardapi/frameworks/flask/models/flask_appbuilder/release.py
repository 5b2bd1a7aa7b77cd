"""The release that is modelled, major and minor; 4 and 5 differ in routes."""

RELEASE = (5, 3)
