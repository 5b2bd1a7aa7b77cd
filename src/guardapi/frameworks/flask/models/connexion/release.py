"""The release that is meant, major and minor; 3 serves its pages outside Flask."""

RELEASE = __installed__((3, 3), "connexion")
