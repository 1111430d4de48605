"""The one error that a user of the station can mend."""


class BadInput(ValueError):
    """Input that cannot be used.

    The text names the topic or file, the value found and the remedy, for example:
    ``depth/image: encoding 'mono8', wanted 16UC1 or 32FC1; set the camera preset or republish``.
    """
