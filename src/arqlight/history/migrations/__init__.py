"""Bringing the tables to the form that this version needs: Alembic, from inside the package."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from arqlight.history.database import Database

__all__ = ["migrate"]

# Any number that nothing else locks in the same PostgreSQL database.
_ADVISORY_LOCK = 4_019_221_067


def migrate(database: Database) -> None:
    """Bring the tables to this version's form. Any number of processes may do so at once: one does it."""

    def upgrade(connection: Connection) -> None:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    # In SQLite a transaction that writes is the lock.
    database.write_here(upgrade)
