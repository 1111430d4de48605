"""What classical detectors and body parts tell of a silhouette (paper, equations 9 to 13)."""
