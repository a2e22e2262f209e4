"""Real drivers and real servers with Vaurien between, which cuts what they say into messages."""
