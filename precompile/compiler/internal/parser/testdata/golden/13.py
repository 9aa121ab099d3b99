lazy import a.b as c, d
lazy from .a import (b as c, d,)
