"""Readers of public motion recordings; pure NumPy, nothing of the recordings ships with the package."""
