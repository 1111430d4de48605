"""Fitting the body model to one person's joints and depth (paper, equations 23 to 29)."""
