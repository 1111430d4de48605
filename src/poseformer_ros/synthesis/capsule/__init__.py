"""A figure drawn from capsules."""
