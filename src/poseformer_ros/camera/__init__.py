"""Intrinsics, units, deprojection and registration of an RGB-D camera."""
