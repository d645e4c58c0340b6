"""The sandbox's Web API: what it lets in, and the objects it sends."""
