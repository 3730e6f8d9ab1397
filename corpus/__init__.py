"""Real mail through the whole pipeline: what strangers have written, and what is made of it."""
