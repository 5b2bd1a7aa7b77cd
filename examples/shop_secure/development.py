"""What a developer starts: flask --app development run."""

from shop import create_app
from shop.config import Development

app = create_app(Development)
