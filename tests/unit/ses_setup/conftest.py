"""The SES that a plan is tried on."""

import pytest

from tests.ses_rig import DEV, DOMAIN, Rig


@pytest.fixture
def rig(aws: None) -> Rig:
    """A verified domain, and one address that is verified by itself."""
    made = Rig()
    made.fake.verify(DOMAIN)
    made.fake.verify(DEV)
    return made
