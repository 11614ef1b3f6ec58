"""The demo: the real stack on a local AWS, a story played through it, and a report of the outcome.

The end-to-end tests use the same local AWS and the same deployment.
"""
