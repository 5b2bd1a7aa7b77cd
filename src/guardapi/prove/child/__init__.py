"""What runs in the interpreter of the application: the standard library alone, Python 3.8 and later, no `guardapi`.

It is a guard and no sandbox: it keeps an application from reaching out by accident, not one that means to.
"""
