"""The HTTP API: a module for each kind of thing, and the shapes of what is sent and answered."""
