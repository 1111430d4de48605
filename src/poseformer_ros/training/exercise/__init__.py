"""Training of the model that names exercises: its recordings and acted motions, windows of them, and the encoder."""
