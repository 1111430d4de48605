"""The silhouette that belongs to a later result of the same image."""

from std_msgs.msg import Header

from poseformer_ros import msg


class LastPerson:
    """Keeps the newest silhouette message until the result that was found in it comes.

    came: whether there has ever been one.
    """

    def __init__(self) -> None:
        self._message: msg.Silhouette | None = None
        self.came = False

    def keep(self, message: msg.Silhouette) -> None:
        """Take the place of the one before."""
        self._message, self.came = message, True

    def forget(self) -> None:
        """Time went back."""
        self._message = None

    def at(self, header: Header) -> msg.Silhouette | None:
        """The silhouette of this stamp; None when it has not come or a newer one took its place."""
        message = self._message
        return message if message is not None and message.header.stamp == header.stamp else None
