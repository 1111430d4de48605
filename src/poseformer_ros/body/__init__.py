"""The body model: file, kinematics, and what is fitted with them."""
