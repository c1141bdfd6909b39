"""Real brokers and servers for tests: given, in containers, or from local programs."""
