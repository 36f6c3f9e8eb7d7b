"""What Mesa imports for other models loads at its first use, and what it draws with never does."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT


def said(*lines):
    """Return what a new process prints that runs some lines."""
    command = [sys.executable, "-W", "error", "-c", "\n".join(lines)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_model_loads_no_spaces():
    loaded = said(
        "import sys, model", "print([name for name in ('scipy.spatial', 'networkx.algorithms') if name in sys.modules])"
    )
    assert loaded == ["[]"]


@pytest.mark.parametrize(
    "use",
    [
        ("import networkx", "print(networkx.path_graph(3).number_of_edges())"),
        ("from networkx import path_graph", "print(path_graph(3).number_of_edges())"),
        ("import networkx.algorithms.tree as part", "import networkx", "print(networkx.path_graph(3).size())"),
        ("import mesa", "print(len(mesa.experimental.continuous_space.__all__))"),
        ("from mesa.experimental.continuous_space.continuous_space import ContinuousSpace", "print(2)"),
        ("import mesa, networkx", "print(len(mesa.space.NetworkGrid(networkx.path_graph(2)).G))"),
    ],
)
def test_what_waits_is_there_when_it_is_used(use):
    assert said("import model", *use) == ["2"]


def test_two_threads_ask_at_once():
    shown = said(
        "import model, networkx",
        "from concurrent.futures import ThreadPoolExecutor",
        "with ThreadPoolExecutor(8) as pool:",
        "    print(set(pool.map(lambda _: networkx.path_graph(3).number_of_edges(), range(8))))",
    )
    assert shown == ["{2}"]


def test_tools_that_look_through_all_modules_load_nothing():
    shown = said(
        "import inspect, sys, model, networkx",
        "print(inspect.getmodule(model.load_scenario).__name__, getattr(networkx, '__wrapped__', None))",
        "print('networkx.algorithms' in sys.modules, networkx.__version__ > '3')",
    )
    assert shown == ["model.scenario None", "False True"]


def test_the_page_has_mesas_frame_without_its_drawing_libraries():
    pytest.importorskip("solara")
    shown = said(
        "import sys, warnings",
        "warnings.simplefilter('ignore')  # Solara's own, about Mesa's code",
        "from experiments.page.frame import DRAWING, Frame",
        "print(Frame.__name__, sorted({name.split('.')[0] for name in sys.modules} & set(DRAWING)))",
        "import matplotlib.pyplot",
        "print(matplotlib.pyplot.figure().axes)",
    )
    assert shown == ["SolaraViz []", "[]"]
