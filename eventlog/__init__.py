"""Adapters of the log: one total order of records, appended by one writer at a time."""
