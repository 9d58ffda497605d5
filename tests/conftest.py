"""What all tests share."""

from hypothesis import settings

# How long an example takes says more of the machine than of the code; all checks have 15 minutes.
settings.register_profile("aisim", deadline=None, max_examples=50)
settings.load_profile("aisim")
