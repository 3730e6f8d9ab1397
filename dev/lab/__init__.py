"""Real mail servers for tests and benchmarks: `with Lab() as lab: …`."""

from dev.lab.installation import lab_available, lab_missing
from dev.lab.lab import Lab, User

__all__ = ["Lab", "User", "lab_available", "lab_missing"]
