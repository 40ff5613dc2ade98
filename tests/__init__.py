"""arqlight's tests. Each folder says what its tests need: nothing, a Valkey, a server, a browser."""
