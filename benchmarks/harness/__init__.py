"""What the benchmarks share: the server, the environments, the adapters' processes, and the report."""
