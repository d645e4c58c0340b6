"""A session's login for other clients: one small module for each, imported when it is asked for."""
