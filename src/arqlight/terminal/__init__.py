"""The operator's commands: what the console does, from a terminal.

They ask the documented JSON API and nothing else: a server's, or one in this process that reads Redis and the
history itself.
"""
