"""Fast redraws: what stays (axes, ticks, land, dates) is drawn once and kept as pixels, what moves is drawn over it."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from collections.abc import Callable, Hashable, Sequence

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
Box = tuple[float, float, float, float]


class Canvas:
    """A figure that is drawn in two layers and handed out as PNG.

    Args:
        width, height: inches.
        dots: pixels per inch.
        boxes: place of each Axes in the figure (left, bottom, width, height; shares of the figure).
    """

    def __init__(self, width: float, height: float, dots: int, boxes: Sequence[Box]) -> None:
        self.figure = Figure(figsize=(width, height), dpi=dots, facecolor="white")
        self._canvas = FigureCanvasAgg(self.figure)
        self.boxes = boxes
        self.axes: list[Axes] = []
        self._key: Hashable = None
        self._kept: object = None
        # The rows of a PNG: a zero (no filter), then the pixels. `pixels` is a view of them, [height, width, RGB].
        across, down = self._canvas.get_width_height()
        self._rows = np.zeros((down, 1 + 3 * across), dtype=np.uint8)
        self.pixels = self._rows[:, 1:].reshape(down, across, 3)
        self._above: tuple = ()

    def draw(self, key: Hashable, keep: Callable[[list[Axes]], None], move: Callable[[list[Axes]], None]) -> bytes:
        """Return the figure as PNG.

        Args:
            key: what the kept layer depends on; it is drawn anew when this changes.
            keep: draws the kept layer. What it draws at z-order 5 or more also stands above the moving layer.
            move: draws the moving layer.
        """
        with DRAWING:
            if key != self._key:
                self._keep(keep)
                self._key = key
            self._canvas.restore_region(self._kept)
            before = [list(ax.get_children()) for ax in self.axes]
            move(self.axes)
            for ax, old in zip(self.axes, before, strict=True):
                there = set(old)
                new = [artist for artist in ax.get_children() if artist not in there]
                _draw_all(ax, new)
                for artist in new:
                    artist.remove()
            drawn = Image.fromarray(np.asarray(self._canvas.buffer_rgba())).convert("RGB")
            self._rows[:, 1:] = np.asarray(drawn).reshape(len(self._rows), -1)
            at, colour, share = self._above
            under = self.pixels[at]
            self.pixels[at] = (under + share * (colour - under)).round()
            return self._png()

    def _keep(self, keep: Callable[[list[Axes]], None]) -> None:
        """Draw what stays, and what of it stands above everything else."""
        self.figure.clear()
        self.axes = [self.figure.add_axes(box) for box in self.boxes]
        keep(self.axes)
        for ax in self.axes:
            ax.set_autoscale_on(False)
        self._canvas.draw()
        self._kept = self._canvas.copy_from_bbox(self.figure.bbox)
        self._canvas.get_renderer().clear()
        for ax in self.axes:
            _draw_all(ax, [artist for artist in ax.get_children() if artist.get_zorder() >= ON_TOP])
        above = np.array(self._canvas.buffer_rgba())
        at = np.nonzero(above[..., 3])
        self._above = (at, above[at][:, :3].astype(float), above[at][:, 3:] / 255.0)

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
    folder = mpl.get_data_path() + "/fonts/ttf/"
    bold, plain = (ImageFont.truetype(folder + f"DejaVuSans{kind}.ttf", 17) for kind in ("-Bold", ""))
    pen.text((margin, margin), heading, fill="#222222", font=bold)
    top = margin + line
    for title, image in images:
        pen.text((margin, top + 8), title, fill="#222222", font=plain)
        sheet.paste(image, (margin, top + line))
        top += image.height + line + margin
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
