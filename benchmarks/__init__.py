"""Figures, not judgements: `make bench` prints them beside what the servers themselves take."""
