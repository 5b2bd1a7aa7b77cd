"""Who carries requests: a child process asked by WSGI calls, a server with its workers and store, or a URL."""
