"""`@action` marks a method for the action routes of its view; it adds no route of its own."""


def action(name, text, confirmation=None, icon=None, multiple=True, single=True):
    def mark(function):
        function._action = (name, text, confirmation, icon, multiple, single)
        return function

    return mark
