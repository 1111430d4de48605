"""What the depth image says of the body's surface: its points, its outline, whose part they are, and the clothes between."""
