try:
    pass
except A as b:
    pass
except (C, D): pass
else: pass
finally: pass
