"""Joints over time in files of one's own."""
