"""Settings shared by all tests."""

import os

from hypothesis import settings

# Examples may be slow on a busy machine: no deadline. On a clean clone (CI=1) the examples are the same every time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
