"""How the interpreter tells the engine that an actor is about to run a line or an instruction."""
