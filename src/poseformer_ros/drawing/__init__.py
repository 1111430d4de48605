"""Everything that paints an image or a page."""
