"""From a failing schedule to what people read: the shortest one, its trace and its token."""
