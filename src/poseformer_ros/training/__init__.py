"""Evaluation and training: tables and plots from images with known truth."""
