"""The proof by comparison: small programs, what the engine's search reaches of them, and what brute force reaches."""
