"""GraphQL servers; the one for Flask has a view."""
