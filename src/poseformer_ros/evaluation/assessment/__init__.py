"""The assessment against known truth: rendered sets with acted faults, and KIMORE's manual boundaries."""
