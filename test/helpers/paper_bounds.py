"""How far the paper's joints may lie from the drawn figure's."""

# Distance in millimetres from the tables' points, which lie on outline and surface, to the joint centres of a figure
# of 1.70 m at 2.8 m, and 10 mm of margin. Pairs stand for both sides.
ERROR_MM = {    # standing, both raised, arms sideways, squat
    'pelvis': (144, 144, 144, 117), 'hip': (126, 126, 126, 137),
    'lower_spine': (142, 124, 142, 113), 'knee': (85, 85, 85, 85),
    'spine_centre': (154, 109, 154, 110), 'ankle': (195, 158, 195, 200),
    'upper_spine': (127, 117, 127, 118), 'heel': (91, 91, 91, 92),
    'neck': (190, 67, 190, 111), 'collarbone': (121, 93, 152, 79),
    'head': (201, 201, 201, 209), 'shoulder': (99, 91, 133, 59),
    'elbow': (72, 75, 79, 106), 'wrist': (66, 145, 121, 112),
    'hand': (67, 136, 116, 117),
}
POSE_COLUMN = {'standing': 0, 'both_raised': 1, 'arms_sideways': 2, 'squat': 3}
