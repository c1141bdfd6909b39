"""The law of clearing: pure rules of money, without clock, I/O or third-party code."""
