"""Realistic command files of a whole country, and the right answers to them."""
