"""The old home of `ProxyFix`."""

from werkzeug.middleware.proxy_fix import ProxyFix as _ProxyFix


class ProxyFix(_ProxyFix):
    def __init__(self, app, num_proxies=1, **options):
        _ProxyFix.__init__(self, app, num_proxies, **options)
