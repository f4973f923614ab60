"""Which schedules to execute, in which order, and what that proves."""
