"""The main job on this machine: a letter to three people, and what they answer (`make demo`)."""
