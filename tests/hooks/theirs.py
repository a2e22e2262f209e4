"""A module with hooks of the user's own, in a folder in which a user works."""

MODULE = '''
from vaurien.hooks import Hook

class Audit(Hook):
    """Tells everything, 100 %."""
    name = "audit"
    priority = 7
    options = {"weight": ("How heavy", float, 0.5), "loud": ("Whether", bool, True)}
    def before(self, call):
        pass

class Nameless:
    def before(self, call):
        pass

class Pointless:
    name = "pointless"

class Lonely:
    options = {"weight": "How heavy"}
    def before(self, call):
        pass

constant = 5
'''
