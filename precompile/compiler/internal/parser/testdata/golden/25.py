f'a{x!r:>{y}}b{{c}}{z=}' rf"\d{x}" 'y'
