"""Recorded motions with what is done in them: the data sets that recognition from skeletons is judged on."""
