"""Tests of `experiments/forecast`."""
