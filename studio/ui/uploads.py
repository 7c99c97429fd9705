"""What the browser sent lies in a folder for uploads until it was read."""

import os
from pathlib import Path


def discard(file: Path) -> None:
    """Remove an upload at once, instead of in an hour. Files from elsewhere are never touched."""
    folder = os.environ.get("GRADIO_TEMP_DIR")
    if folder and file.is_relative_to(folder):
        file.unlink(missing_ok=True)
