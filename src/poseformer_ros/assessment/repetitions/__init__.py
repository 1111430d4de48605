"""Repetitions of an exercise: found as they happen, and with exact edges afterwards."""
