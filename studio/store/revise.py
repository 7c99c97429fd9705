"""Write a new revision: `python -m studio.store.revise "what changes"`.

It compares `studio.store.tables` with what all revisions together make, and writes the difference
into the next numbered file for you to read, correct and complete.
"""

import sys
import tempfile
from pathlib import Path

from studio.store import upgrade
from studio.store.database import connect


def write_revision(message: str) -> Path:
    """Write the next revision file and return it."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import Script

    number = f"{int(upgrade.newest()) + 1:04d}"
    config = Config()
    config.set_main_option("script_location", str(upgrade.MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "studio.db"
        upgrade.bring_up_to_date(path, Path(folder))
        engine = connect(path)
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            script = command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    assert isinstance(script, Script)
    return Path(script.path)


if __name__ == "__main__":
    print(write_revision(sys.argv[1]))
