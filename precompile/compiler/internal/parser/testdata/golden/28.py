b'a' b"\x00"
u'a'
r'\'
'\N{BULLET}\u1234\101'
