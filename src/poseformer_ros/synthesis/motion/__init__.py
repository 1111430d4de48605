"""Motions with truth: own exercises, and recordings on another body."""
