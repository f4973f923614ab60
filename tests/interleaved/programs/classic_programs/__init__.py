"""Small programs that concurrency is known to go wrong in, each beside its repaired form; see `catalogue`."""
