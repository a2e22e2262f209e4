"""Real servers for the test suite, one file each. Each is a context manager that leaves nothing behind."""
