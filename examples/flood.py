"""Floods every route of a shop, within this process: python examples/flood.py shop_secure [REQUESTS]

Writes JSON to standard output: by method and rule, how many requests were served before the first 429
(null: none was refused), and the status codes seen. Each route is asked from an address of its own; a
stub stands for the partner.
"""

import json
import os
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

ACCOUNT = {"name": "ada", "password": "correct horse"}
ASKED = {  # what a request of each route needs; the others need nothing
    "POST /accounts/register": {"json": ACCOUNT},
    "POST /accounts/login": {"json": ACCOUNT},
    "GET /catalog/search": {"query_string": {"q": "number", "limit": "200"}},
}


class Partner(BaseHTTPRequestHandler):
    """The service that the shop asks for stock."""

    def do_GET(self):
        """Answer at once."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"pieces": 3}')

    def log_message(self, *_):
        """Say nothing."""


def load_shop(folder):
    """The shop's application, counting in memory."""
    sys.path.insert(0, str(folder))
    if (folder / "development.py").exists():
        from development import app  # noqa: PLC0415
    else:
        from wsgi import app  # noqa: PLC0415
    return app


def flood(app, rule, method, address, requests):
    """Ask for one route again and again, from one address."""
    path = rule.rule.replace("<int:product_id>", "7").replace("<sku>", "SKU0007")
    key, client, seen, refused = f"{method} {rule.rule}", app.test_client(), set(), None
    for number in range(requests):
        asked = dict(ASKED.get(key, {}))
        if path.endswith("/upload"):
            asked["data"] = {"picture": (BytesIO(b"picture"), "teapot.png")}
        answer = client.open(path, method=method, environ_base={"REMOTE_ADDR": address}, **asked)
        seen.add(answer.status_code)
        if answer.status_code == 429:
            refused = number
            break
    return key, {"served": refused, "statuses": sorted(seen)}


def main():
    """Flood the shop that the first argument names."""
    folder = Path(__file__).parent / sys.argv[1]
    requests = int(sys.argv[2]) if len(sys.argv) > 2 else 61
    server = ThreadingHTTPServer(("127.0.0.1", 0), Partner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["SHOP_DATABASE"] = f"{scratch}/shop.sqlite3"
        os.environ["SHOP_UPLOADS"] = f"{scratch}/uploads"
        os.environ["SHOP_PARTNER_HOST"] = f"127.0.0.1:{server.server_port}"
        app = load_shop(folder)
        rules = [(rule, m) for rule in app.url_map.iter_rules() for m in rule.methods - {"HEAD", "OPTIONS"}]
        found = [
            flood(app, rule, method, f"192.0.2.{number}", requests)
            for number, (rule, method) in enumerate(rules)
        ]
    server.shutdown()
    json.dump(dict(found), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
