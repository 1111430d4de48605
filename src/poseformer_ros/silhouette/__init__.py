"""From a picture pair to one person's mask: floor, segmentation back ends, largest component, crop."""
