a if b else c or d and not e
a < b == c is not d not in e
