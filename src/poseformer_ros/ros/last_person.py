"""The silhouette that belongs to a later result of the same image."""

from collections import deque

from std_msgs.msg import Header

from poseformer_ros import msg

KEPT = 3        # silhouettes: a stage that takes longer than an image lasts answers one that is not the newest


class LastPerson:
    """Keeps the newest silhouette messages until the result that was found in one of them comes."""

    def __init__(self) -> None:
        self._messages: deque[msg.Silhouette] = deque(maxlen=KEPT)

    def keep(self, message: msg.Silhouette) -> None:
        """Take the place of the oldest."""
        self._messages.append(message)

    def forget(self) -> None:
        """Time went back."""
        self._messages.clear()

    def at(self, header: Header) -> msg.Silhouette | None:
        """The silhouette of this stamp; None when it has not come or newer ones took its place."""
        # A copy: a worker may forget them meanwhile.
        return next((message for message in tuple(self._messages) if message.header.stamp == header.stamp), None)
