"""Clients of AWS's services, as `boto3.client` makes them, without what boto3 imports besides.

A fifth of a function's start was boto3's transfers to S3 and its resources, which nothing here uses.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boto3 import client as client
else:
    from botocore.session import Session

    @cache
    def _session():
        return Session()

    def client(service, **options):
        """By the environment's region and credentials; `options` are botocore's `create_client`'s."""
        return _session().create_client(service, **options)
