"""Fast redraws: what stays (axes, ticks, land, dates) is drawn once and kept as pixels, what moves is drawn over it."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

# Matplotlib's fonts and text layouts are shared between figures: one window draws at a time.
DRAWING = threading.RLock()
ON_TOP = 5.0
MOST_LAYERS = 4  # kept of each figure, about 4 MB each
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """A text that moves. Pillow writes it ten times faster than Matplotlib would.

    Attributes:
        at: its left end at half its height, pixels from the upper left of the figure.
        size: pixels.
    """

    at: tuple[float, float]
    text: str
    colour: str
    size: float


Move = Callable[[list[Axes]], Sequence[Label] | None]


@lru_cache(maxsize=16)
def font(size: float, weight: str = "") -> ImageFont.FreeTypeFont:
    """Return Matplotlib's own font for Pillow; size in pixels."""
    return ImageFont.truetype(f"{mpl.get_data_path()}/fonts/ttf/DejaVuSans{weight}.ttf", size)


class Layer:
    """What stays of a figure: its axes, its pixels, and what of it stands above everything that moves."""

    def __init__(self, figure: Figure, boxes: Sequence[Box], keep: Callable[[list[Axes]], None]) -> None:
        """Draw it into an empty figure; `keep` fills the axes."""
        self.axes = [figure.add_axes(box) for box in boxes]
        self.canvas = FigureCanvasAgg(figure)
        keep(self.axes)
        for ax in self.axes:
            ax.set_autoscale_on(False)
        self.canvas.draw()
        self.kept = self.canvas.copy_from_bbox(figure.bbox)
        self.canvas.get_renderer().clear()
        for ax in self.axes:
            _draw_all(ax, [artist for artist in ax.get_children() if artist.get_zorder() >= ON_TOP])
        above = np.array(self.canvas.buffer_rgba())
        at = np.nonzero(above[..., 3])
        self.above = (at, above[at][:, :3].astype(float), above[at][:, 3:] / 255.0)

    def with_moving(self, move: Move) -> Image.Image:
        """Return the pixels with the moving part drawn over what stays."""
        self.canvas.restore_region(self.kept)
        before = [set(ax.get_children()) for ax in self.axes]
        labels = move(self.axes) or ()
        for ax, old in zip(self.axes, before, strict=True):
            new = [artist for artist in ax.get_children() if artist not in old]
            _draw_all(ax, new)
            for artist in new:
                artist.remove()
        picture = Image.fromarray(np.asarray(self.canvas.buffer_rgba())).convert("RGB")
        pen = ImageDraw.Draw(picture)
        for label in labels:
            pen.text(label.at, label.text, fill=label.colour, font=font(label.size), anchor="lm", spacing=2)
        return picture


class Canvas:
    """A figure that is drawn in two layers and handed out as PNG; windows of the same size share it.

    Args:
        width, height: inches.
        dots: pixels per inch.
        boxes: place of each Axes in the figure (left, bottom, width, height; shares of the figure).
    """

    def __init__(self, width: float, height: float, dots: int, boxes: Sequence[Box]) -> None:
        self.size, self.dots, self.boxes = (width, height), dots, boxes
        self._layers: dict[Hashable, Layer] = {}  # the latest last
        # The rows of a PNG: a zero (no filter), then the pixels. `pixels` is a view of them, [height, width, RGB].
        across, down = round(width * dots), round(height * dots)
        self._rows = np.zeros((down, 1 + 3 * across), dtype=np.uint8)
        self.pixels = self._rows[:, 1:].reshape(down, across, 3)

    def draw(self, key: Hashable, keep: Callable[[list[Axes]], None], move: Move) -> bytes:
        """Return the figure as PNG.

        Args:
            key: all that the kept layer depends on.
            keep: draws the kept layer. What it draws at z-order 5 or more also stands above the moving layer.
            move: draws the moving layer; it may return labels to write over it.
        """
        with DRAWING:
            layer = self._layers.pop(key, None) or self._layer(keep)
            self._layers[key] = layer
            if len(self._layers) > MOST_LAYERS:
                del self._layers[next(iter(self._layers))]
            self.pixels[:] = np.asarray(layer.with_moving(move))
            at, colour, share = layer.above
            under = self.pixels[at]
            self.pixels[at] = (under + share * (colour - under)).round()
            return self._png()

    def _layer(self, keep: Callable[[list[Axes]], None]) -> Layer:
        down, across, _ = self.pixels.shape
        size = ((across + 0.5) / self.dots, (down + 0.5) / self.dots)  # Matplotlib rounds down
        return Layer(Figure(figsize=size, dpi=self.dots, facecolor="white"), self.boxes, keep)

    def _png(self) -> bytes:
        """Return the pixels as PNG without row filters: faster than a library's, and no larger for charts."""
        height, width, _ = self.pixels.shape
        head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        parts = ((b"IHDR", head), (b"IDAT", zlib.compress(self._rows.data, 1)), (b"IEND", b""))
        chunks = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _draw_all(ax: Axes, artists: list[Artist]) -> None:
    for artist in sorted(artists, key=Artist.get_zorder):
        ax.draw_artist(artist)


def one_picture(canvases: Sequence[tuple[str, Canvas]], heading: str) -> bytes:
    """Return several figures under each other as one PNG, each under its title, with a heading above."""
    margin, line = 24, 34
    images = [(title, Image.fromarray(canvas.pixels)) for title, canvas in canvases]
    width = max(image.width for _, image in images) + 2 * margin
    height = 2 * margin + line + sum(image.height + line + margin for _, image in images)
    sheet = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(sheet)
    pen.text((margin, margin), heading, fill="#222222", font=font(17, "-Bold"))
    top = margin + line
    for title, image in images:
        pen.text((margin, top + 8), title, fill="#222222", font=font(17))
        sheet.paste(image, (margin, top + line))
        top += image.height + line + margin
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
