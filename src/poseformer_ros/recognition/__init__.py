"""From features of one frame after another to the name of the exercise."""
