"""Background jobs for FastAPI that people can watch."""

__version__ = "0.1.0"
