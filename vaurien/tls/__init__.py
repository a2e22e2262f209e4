"""TLS: one side of a session wrapped in it, or unwrapped, so that the session has plain bytes."""
