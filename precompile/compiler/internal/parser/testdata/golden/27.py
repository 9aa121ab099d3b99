t'a{x!r:>{y}}{z=}'
