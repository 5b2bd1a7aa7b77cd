"""Required distributions and their versions."""

import pytest
from conftest import Reader

from guardapi.model import EntryPoint


@pytest.mark.parametrize(
    ("line", "packages"),
    [
        ("Flask_Limiter>=3.5, <4", {"flask-limiter": ">=3.5,<4"}),
        ("limits[Redis]~=3.0 ; python_version > '3'", {"limits": "~=3.0", "limits[redis]": "~=3.0"}),
        ("redis==5.0.1 \\\n  --hash=sha256:ab", {"redis": "==5.0.1"}),
        ("flask  # the framework", {"flask": ""}),
        ("flask @ https://example.org/flask.whl", {"flask": ""}),
        ("-e git+https://example.org/x.git#egg=shop", {"shop": ""}),
        ("-r base.txt\n# flask\n--index-url x", {}),
    ],
)
def test_requirement_lines_are_read(read: Reader, line: str, packages: dict[str, str]) -> None:
    assert read({"requirements/prod.txt": f"{line}\n"}).packages == packages


def test_powershell_file_is_read() -> None:
    from guardapi.deployment import DeploymentFile, read_deployment

    content = b"\xff\xfe" + "flask==3.0\r\n".encode("utf-16-le")
    deployment, _ = read_deployment([DeploymentFile(path="requirements.txt", content=content)])
    assert deployment.packages == {"flask": "==3.0"}


def test_pyproject_tables_are_read(read: Reader) -> None:
    text = """
    [project]
    dependencies = ["flask>=3"]
    optional-dependencies.redis = ["redis<8"]
    [dependency-groups]
    dev = ["pytest>8", {include-group = "x"}]
    [tool.poetry.dependencies]
    python = "^3.11"
    werkzeug = {version = "^2.3.1", extras = ["watchdog"]}
    limits = "~3.1"
    zero = "^0.2"
    any = "*"
    """
    assert read({"pyproject.toml": text}).packages == {
        "flask": ">=3",
        "redis": "<8",
        "pytest": ">8",
        "werkzeug": ">=2.3.1,<3",
        "werkzeug[watchdog]": ">=2.3.1,<3",
        "limits": ">=3.1,<3.2",
        "zero": ">=0.2,<0.3",
        "any": "",
    }


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Pipfile", '[packages]\nflask = "~=3.0"\n'),
        ("setup.cfg", "[options]\ninstall_requires =\n    flask~=3.0\n"),
        (
            "setup.py",
            "from setuptools import setup\nneeded = ['flask~=3.0']\nsetup(install_requires=needed)\n",
        ),
    ],
)
def test_older_formats_are_read(read: Reader, path: str, text: str) -> None:
    assert read({path: text}).packages == {"flask": "~=3.0"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "uv.lock",
            '[[package]]\nname = "flask"\nversion = "3.1.0"\n\n[[package]]\nname = "attrs"\nversion = "1"\n',
        ),
        ("poetry.lock", '[[package]]\nname = "Flask"\nversion = "3.1.0"\n'),
        ("Pipfile.lock", '{"default": {"flask": {"version": "==3.1.0"}, "attrs": {"version": "==1"}}}'),
    ],
)
def test_lock_pins_what_is_required(read: Reader, path: str, text: str) -> None:
    assert read({"requirements.txt": "flask>=3\n", path: text}).packages == {"flask": "==3.1.0"}


def test_root_file_wins(read: Reader) -> None:
    files = {"docs/requirements.txt": "flask<2\n", "requirements.txt": "flask>=3\n"}
    assert read(files).packages == {"flask": ">=3"}


@pytest.mark.parametrize("path", ["shop-1.0.dist-info/METADATA", "shop.egg-info/PKG-INFO", "PKG-INFO"])
def test_metadata_of_built_distribution(read: Reader, path: str) -> None:
    text = """Metadata-Version: 2.1
Name: shop
Requires-Dist: Flask-Limiter (==1.0.1)
Requires-Dist: redis<8 ; extra == 'store'

Requires-Dist: nothing, this is the description
"""
    assert read({path: text}).packages == {"flask-limiter": "==1.0.1", "redis": "<8"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "pyproject.toml",
            '[project]\nscripts.shop = "shop.cli:main"\n'
            '[project.entry-points."shop.parts"]\norders = "shop.orders:part"\nodd = 1\n',
        ),
        (
            "pyproject.toml",
            '[tool.poetry.scripts]\nshop = "shop.cli:main"\n'
            '[tool.poetry.plugins."shop.parts"]\norders = "shop.orders:part"\n',
        ),
        (
            "setup.cfg",
            "[options.entry_points]\nconsole_scripts =\n    shop = shop.cli:main\n"
            "shop.parts =\n    orders = shop.orders:part\n",
        ),
        (
            "setup.py",
            "from setuptools import setup\nparts = ['orders=shop.orders:part']\n"
            "setup(entry_points={'console_scripts': ('shop = shop.cli:main',), 'shop.parts': parts})\n",
        ),
        (
            "setup.py",
            "from setuptools import setup\nadvertised = '''\n[console_scripts]\nshop = shop.cli:main\n"
            "[shop.parts]\norders = shop.orders:part\n'''\nsetup(entry_points=advertised)\n",
        ),
        (
            "shop-1.0.dist-info/entry_points.txt",
            "[console_scripts]\nshop = shop.cli:main [cli]\n\n[shop.parts]\norders = shop.orders:part\n",
        ),
    ],
)
def test_advertised_entry_points(read: Reader, path: str, text: str) -> None:
    assert read({path: text}).advertised == (
        EntryPoint(group="console_scripts", name="shop", value="shop.cli:main"),
        EntryPoint(group="shop.parts", name="orders", value="shop.orders:part"),
    )
