"""The claims about Rostec's germanium."""
