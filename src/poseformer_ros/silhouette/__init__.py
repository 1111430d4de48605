"""From an image pair to one person's mask: floor, segmentation methods, largest component, crop."""
