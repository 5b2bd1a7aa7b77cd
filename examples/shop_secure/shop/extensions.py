"""Extensions, created here and bound in the factory."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

# The store is RATELIMIT_STORAGE_URI, see config.py. The defaults hold wherever no decorator says otherwise.
limiter = Limiter(
    key_func=get_remote_address,
    default_limits=["60 per minute"],
    strategy="moving-window",
)
