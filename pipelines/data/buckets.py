"""Sizes to train at: the photo's own shape as nearly as the model allows, never enlarged."""

from collections.abc import Iterator

from PIL import Image

from pipelines.errors import InvalidSpec

Size = tuple[int, int]  # width, height in pixels
LONGEST = 2.0  # longer side : shorter side; what the SD family still draws well


def sizes(native: Size, step: int) -> Iterator[Size]:
    """Every size of multiples of `step` with no more pixels than the model's own."""
    area = native[0] * native[1]
    for width in range(step, int((area * LONGEST) ** 0.5) + 1, step):
        for height in range(step, area // width + 1, step):
            if max(width, height) <= LONGEST * min(width, height):
                yield width, height


def bucket(photo: Size, native: Size, step: int) -> Size:
    """The size to train a photo at: the most pixels after cropping to its shape, none invented.

    Raises:
        InvalidSpec: the photo is smaller than the smallest size.
    """
    width, height = photo
    fitting = [(w, h) for w, h in sizes(native, step) if w <= width and h <= height]
    if not fitting:
        raise InvalidSpec(
            f"A photo of {width}×{height} is too small to learn from: it needs at least "
            f"{step} pixels a side. Use a larger copy."
        )

    def kept(size: Size) -> float:
        """Share of the photo that the crop to this shape leaves."""
        ratio = (size[0] / size[1]) / (width / height)
        return min(ratio, 1 / ratio)

    return max(fitting, key=lambda size: (size[0] * size[1] * kept(size), kept(size)))


def fitted(image: Image.Image, size: Size, scale: float = 1.0, place: Size | None = None):
    """The middle of a picture in a shape, resized to `size`.

    `scale` below 1 takes a smaller part of it, whose corner `place` (percent of what is left over,
    each 0 to 100) says where; a part of fewer pixels than `size` is not taken.
    """
    width, height = image.size
    whole = min(width / size[0], height / size[1])
    part = min(whole, max(whole * scale, 1.0))
    w, h = size[0] * part, size[1] * part
    across, down = place or (50, 50)
    left, top = (width - w) * across / 100, (height - h) * down / 100
    box = (left, top, left + w, top + h)
    return image.resize(size, Image.Resampling.LANCZOS, box=box)
