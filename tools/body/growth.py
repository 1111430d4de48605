"""How tall people of an age are: WHO Child Growth Standards (2006) to five years, WHO Reference 2007 from there to 19."""

import numpy as np

YEARS = (3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 19)
# Medians and standard deviations in metres; statures of an age are normally distributed in these tables.
MALE = (0.961, 1.033, 1.100, 1.160, 1.273, 1.378, 1.491, 1.632, 1.729, 1.761, 1.765)
MALE_SPREAD = (0.037, 0.042, 0.046, 0.049, 0.056, 0.064, 0.071, 0.077, 0.078, 0.075, 0.073)
FEMALE = (0.951, 1.027, 1.094, 1.151, 1.266, 1.386, 1.512, 1.598, 1.625, 1.631, 1.632)
FEMALE_SPREAD = (0.038, 0.043, 0.048, 0.051, 0.058, 0.064, 0.068, 0.069, 0.068, 0.066, 0.065)
DRAWS = 200


def statures(years: np.ndarray, woman: np.ndarray) -> np.ndarray:
    """Statures (S, 200) in metres, at random, of people of these ages (S,) and sexes (S,); adults are taken for 19."""
    median, spread = (np.where(woman, np.interp(years, YEARS, female), np.interp(years, YEARS, male))
                      for female, male in ((FEMALE, MALE), (FEMALE_SPREAD, MALE_SPREAD)))
    return median[:, None] + spread[:, None] * np.random.default_rng(0).standard_normal((len(years), DRAWS))
