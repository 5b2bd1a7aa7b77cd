"""From a route to the requests that reach its view: what the source reads of a request, and what the user gives."""
