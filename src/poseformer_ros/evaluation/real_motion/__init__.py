"""The whole chain on recorded motions of real people, brought onto the body and rendered as they are judged."""
