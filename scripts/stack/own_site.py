"""A folder of the user's as a site of the demonstration's web: `scripts/up --site FOLDER`."""

from __future__ import annotations

from pathlib import Path

from scripts.demo.sites import OWN_HOST
from scripts.stack.local import Stack

ADDRESS = f"https://{OWN_HOST}/"


def show_to_nodes(stack: Stack, folder: Path) -> None:
    """Serve the folder itself, not a copy, so that changes show at once; every node reads its front page now."""
    place = stack.web_root / OWN_HOST
    place.unlink(missing_ok=True)
    place.symlink_to(folder, target_is_directory=True)
    for index in range(len(stack.node_ports)):
        stack.node_tables(index).frontier.seed([ADDRESS])
