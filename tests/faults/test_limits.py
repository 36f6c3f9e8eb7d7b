"""Low limits of the system: one line at once, instead of a wait or a traceback."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import pytest

from experiments import LEAST_MEMORY_MB
from experiments.ensemble.cluster import NO_START, _no_start_told
from experiments.study import cli
from model import InputError
from tests.conftest import ROOT

resource = pytest.importorskip("resource", reason="no limits to set")
OPEN_FILES, MEMORY = resource.RLIMIT_NOFILE, resource.RLIMIT_AS
MB = 1 << 20


def limited(kind: int, amounts: tuple[int, int], out) -> tuple[int, str]:
    command = [sys.executable, "-m", "experiments.history", "--out", str(out), "--weeks", "0"]
    limit = partial(resource.setrlimit, kind, amounts)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=limit)
    return done.returncode, done.stderr


@pytest.mark.parametrize("files", [6, 16, cli.LEAST_FILES - 1])
def test_too_few_open_files_are_told_before_anything_is_run(files, tmp_path):
    code, said = limited(OPEN_FILES, (files, files), tmp_path / "run")
    assert (code, said) == (2, f"only {files} files may be open at once; at least 64 are needed (ulimit -n)\n")


def test_as_many_files_as_the_system_allows_are_taken(tmp_path):
    code, said = limited(OPEN_FILES, (16, cli.LEAST_FILES), tmp_path / "run")
    assert (code, said) == (2, "--weeks 0: must be 1 to 2080; nearest 1\n")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere address space cannot be limited")
@pytest.mark.parametrize("megabytes", [200, 400, LEAST_MEMORY_MB - 1])
def test_too_little_memory_is_told_before_anything_is_loaded(megabytes, tmp_path):
    code, said = limited(MEMORY, (megabytes * MB, megabytes * MB), tmp_path / "run")
    needed = f"at least {LEAST_MEMORY_MB} are needed (ulimit -v)"
    assert (code, said) == (2, f"only {megabytes} MB of memory may be used; {needed}\n")


def test_why_workers_do_not_start_is_told():
    def start() -> None:
        try:
            raise OSError(24, "Too many open files")
        except OSError as error:
            raise RuntimeError("Nanny failed to start.") from error

    with pytest.raises(InputError) as told, _no_start_told():
        start()
    assert str(told.value) == NO_START.format("[Errno 24] Too many open files")
