"""Tests of the rules of behaviour, each called on one record."""
