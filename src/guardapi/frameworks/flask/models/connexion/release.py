"""The release that is modelled, major and minor; 3 serves its pages outside Flask."""

RELEASE = (2, 14)
