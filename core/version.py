"""Dockyard's version, known without asking the installer's metadata; a test holds it against pyproject.toml."""

from typing import Final

VERSION: Final = "0.1.0"
