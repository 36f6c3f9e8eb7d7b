"""Tests of the model, the agents and the experiments."""
