"""The music of the sandbox, and who listened to it: the same for everybody, on every machine."""
