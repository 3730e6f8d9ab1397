"""`make chaos`: real faults against real servers, and a count of what became of every letter."""
