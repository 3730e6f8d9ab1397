"""The workflows; each file is one action, and `waiting.py` is what two of them share."""
