"""Loops only: what takes commands in, and what folds the log."""
