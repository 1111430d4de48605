"""One look at the depth of a crop: person or not, where the person faces, joints, parts; no ROS."""
