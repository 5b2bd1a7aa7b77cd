"""What a container image is known to hold, by its name."""

_PROXIES = ("nginx", "traefik", "caddy", "haproxy", "envoy")
_OTHERS = (
    *(
        "redis",
        "valkey",
        "keydb",
        "memcached",
        "postgres",
        "postgresql",
        "postgis",
        "pgbouncer",
        "mysql",
        "mariadb",
        "mongo",
    ),
    *(
        "mongodb",
        "rabbitmq",
        "kafka",
        "zookeeper",
        "elasticsearch",
        "opensearch",
        "minio",
        "nats",
        "influxdb",
    ),
    *(
        "prometheus",
        "grafana",
        "adminer",
        "pgadmin4",
        "node",
        "flower",
        "mailhog",
        "vault",
        "consul",
        "busybox",
    ),
)


def image_name(image: str) -> str:
    """`nginx` of `docker.io/library/nginx:1.27-alpine@sha256:...`."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()


def proxy_of(image: str) -> str | None:
    """The reverse proxy that the image holds."""
    name = image_name(image)
    return next((proxy for proxy in _PROXIES if name == proxy or name.startswith(f"{proxy}-")), None)


def is_other_image(image: str) -> bool:
    """Whether the image is known to hold no application of the project."""
    name = image_name(image)
    return name in _OTHERS or proxy_of(image) is not None
