"""What the standard library offers, under the control of the schedule."""
