"""The main experiment: the record of export controls, next to what was observed."""
