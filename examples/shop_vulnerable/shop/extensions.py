"""Extensions, created here and bound in the factory."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

# No default limits: what has no decorator has no limit. Counted in each worker's own memory.
limiter = Limiter(key_func=get_remote_address)
