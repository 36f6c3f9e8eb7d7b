"""Tests of `experiments/fit`."""
