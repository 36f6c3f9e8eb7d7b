"""Small pieces that Solara lacks: the window's width, places on a picture, a file chosen with mouse or keyboard."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

import ipyvuetify as v
import solara
import traitlets


class WidthProbe(v.VuetifyTemplate):
    """Reports the window's width in px, at the start and when it has changed."""

    width = traitlets.Int(0).tag(sync=True)
    template = traitlets.Unicode(
        """
<template><span aria-hidden="true"></span></template>
<script>
module.exports = {
  mounted() { this.report(); window.addEventListener("resize", this.report); },
  beforeDestroy() { window.removeEventListener("resize", this.report); },
  methods: { report() { this.width = window.innerWidth; } },
};
</script>
"""
    ).tag(sync=True)


class Places(v.VuetifyTemplate):
    """Round buttons over a picture, as one widget: every element costs Solara a visit at every step."""

    places: Any = traitlets.List().tag(sync=True)  # [id, name, left, top], the last two in percent
    picked: Any = traitlets.List(default_value=[]).tag(sync=True)  # [id, time of the click]
    template = traitlets.Unicode(
        """
<template>
  <div>
    <button v-for="[id, name, left, top] in places" :key="id" type="button" class="country" :title="name"
      :aria-label="'Ask ' + name" :style="{ left: left + '%', top: top + '%' }" @click="picked = [id, Date.now()]">
    </button>
  </div>
</template>
"""
    ).tag(sync=True)


class FilePicker(v.VuetifyTemplate):
    """A button for one file; what is too large is named but not sent."""

    label = traitlets.Unicode("Load a file").tag(sync=True)
    most_bytes = traitlets.Int(0).tag(sync=True)
    chosen = traitlets.Dict(default_value={}).tag(sync=True)
    template = traitlets.Unicode(
        """
<template>
  <label class="file-picker">{{ label }}
    <input type="file" accept=".toml" @change="read($event)" />
  </label>
</template>
<script>
module.exports = {
  methods: {
    read(event) {
      const file = event.target.files[0];
      if (!file) return;
      const tell = (content) => {
        this.chosen = { name: file.name, size: file.size, content: content, at: Date.now() };
        event.target.value = "";
      };
      if (file.size > this.most_bytes) return tell("");
      const reader = new FileReader();
      reader.onload = () => tell(String(reader.result).split(",", 2)[1] || "");
      reader.onerror = () => tell("");
      reader.readAsDataURL(file);
    },
  },
};
</script>
"""
    ).tag(sync=True)


WINDOW_WIDTH = solara.reactive(0)  # px, of each window; 0 until the browser has shown something


@solara.component
def WindowWidth() -> None:
    """Keep `WINDOW_WIDTH` at the window's width."""
    WidthProbe.element(on_width=lambda value: WINDOW_WIDTH.set(value) if value else None)


@solara.component
def PickPlace(places: Sequence[tuple[str, str, float, float]], on_pick: Callable[[str], None]) -> None:
    """Offer (id, name, left, top), the last two in percent of what is around them; `on_pick` gets the id."""
    Places.element(places=[list(place) for place in places], on_picked=lambda picked: on_pick(picked[0]))


@solara.component
def PickFile(label: str, most_bytes: int, on_file: Callable[[str, int, bytes], None]) -> None:
    """Offer a file to be loaded; `on_file` gets name, size in bytes and content (empty when it is too large)."""

    def take(chosen: dict[str, Any]) -> None:
        if not chosen:
            return
        try:
            content = base64.b64decode(str(chosen.get("content", "")), validate=True)
        except binascii.Error:
            content = b""
        on_file(str(chosen.get("name", "file"))[:80], int(chosen.get("size", 0)), content)

    FilePicker.element(label=label, most_bytes=most_bytes, on_chosen=take)
