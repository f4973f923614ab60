"""Are operations of the SDK atomic? Operations, their sequential meaning, and the comparison of both."""
