"""What audio is in this room: 32-bit floats of shape (frames, 2), left and right, 44.1 kHz, full scale 1.0."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 44_100

Audio: TypeAlias = "NDArray[np.float32]"
