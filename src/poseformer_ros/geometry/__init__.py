"""What is true of any rotation and any mesh."""
