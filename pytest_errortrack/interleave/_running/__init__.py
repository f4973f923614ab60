"""One schedule while it runs: its actors, their turns, and the thread that watches them."""
