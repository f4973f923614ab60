"""What a step touches: which objects, which part of them, and whether it changes it."""
