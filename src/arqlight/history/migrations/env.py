"""What Alembic runs: the migrations, on the connection and in the transaction that `migrate` gives it."""

from alembic import context

from arqlight.history.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
