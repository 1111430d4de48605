"""What is measured of a movement: angles and balance."""
