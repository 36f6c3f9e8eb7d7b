"""The whole page of one visitor: Mesa's frame (play, step, pause, reset) with the project's own controls and panels."""

from __future__ import annotations

import solara
from mesa.visualization import SolaraViz

from experiments.page.controls import Choose
from experiments.page.model import Session
from experiments.page.panels import Baseline, Panels


@solara.component
def Explore() -> None:
    """One visitor's page; every window has a session and a model of its own."""
    session = solara.use_memo(Session, [])
    solara.Style(CSS)
    SolaraViz(session.model, components=[], model_params={"session": session}, name="Chokepoint", play_interval=100)
    BelowControls(session)
    Baseline(session)
    Panels(session)


@solara.component
def BelowControls(session: Session) -> None:
    """The choices in the sidebar. Solara orders its parts by how deep they are nested: this puts them below Mesa's."""
    _Nested(session)


@solara.component
def _Nested(session: Session) -> None:
    with solara.Sidebar():
        Choose(session)


CSS = """
.explore { max-width: 1400px; margin: 0 auto; }
.explore h2 { font-size: 1.15rem; font-weight: 600; margin: 0; }
.explore h3 { font-size: 1rem; font-weight: 600; margin: 0 0 2px; }
.explore .headline { font-size: 1.25rem; font-weight: 500; margin: 0; }
.explore .answer-line { margin: 0; }
.explore .note { font-size: .8rem; opacity: .8; margin: 2px 0 0; }
.run-bar { display: flex; flex-direction: column; gap: 8px; position: sticky; top: 0; z-index: 3; padding: 6px 0;
  background: var(--page, #fff); }
.theme--dark .run-bar { background: #121212; }
.picture { position: relative; line-height: 0; background: #fff; }
.picture img { width: 100%; height: auto; }
.country { position: absolute; width: 22px; height: 22px; margin: -11px 0 0 -11px; border-radius: 50%; cursor: pointer;
  background: transparent; border: 2px solid transparent; padding: 0; }
.country:hover, .country:focus-visible { border-color: #0072B2; background: rgba(0, 114, 178, .15); outline: none; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
.goods { flex-wrap: wrap; }
.table { overflow-x: auto; }
.table table { border-collapse: collapse; width: 100%; font-size: .85rem; margin-bottom: 14px; }
.explore h4 { font-size: 1rem; font-weight: 600; margin: 0 0 4px; }
.table th, .table td { text-align: left; padding: 3px 10px 3px 0; border-bottom: 1px solid rgba(128, 128, 128, .25);
  vertical-align: top; font-weight: 400; }
.table thead th { font-weight: 600; }
.table .number { text-align: right; white-space: nowrap; }
.table thead .number { white-space: normal; }
.v-input__slider .v-input__slot { flex-wrap: wrap; }
.v-input__slider label.v-label { flex-basis: 100%; height: auto; white-space: normal; }
.goods .v-btn, .run-bar .v-btn { text-transform: none; letter-spacing: normal; }
.take-away { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.file-picker { display: inline-flex; gap: 8px; align-items: center; font-size: .9rem; flex-wrap: wrap; }
.v-navigation-drawer { min-width: min(400px, 86vw) !important; max-width: 86vw !important; }
.v-navigation-drawer .v-card:has(> .v-card__text > .v-sheet:empty) { display: none; }
.v-sheet:has(> .explore) { row-gap: 0 !important; }
.v-sheet:has(> .explore) > .v-sheet:not(.explore) { display: none !important; }
.take-away .v-btn { text-transform: none; letter-spacing: normal; }
@media (max-width: 700px) {
  .pair { grid-template-columns: 1fr; }
  .figure-map .frame { overflow-x: auto; }
  .figure-map .picture { width: 620px; }
}
"""
