"""`ProxyFix`: which reports of proxies an application believes."""


class ProxyFix:
    def __init__(self, app, num_proxies=None, x_for=1, x_proto=1, x_host=0, x_port=0, x_prefix=0):
        self.app = app
        # The old name of the first option, until Werkzeug 1.0.
        self.x_for = x_for if num_proxies is None else num_proxies
