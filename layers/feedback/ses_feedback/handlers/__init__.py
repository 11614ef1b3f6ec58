"""What a function's app.py hands over to, by the name of the function: the rooms below put together and put to work.

The functions that are not here need no more than their app.py.
"""
