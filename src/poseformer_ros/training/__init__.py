"""Evaluation and training: tables and plots from pictures with known truth."""
