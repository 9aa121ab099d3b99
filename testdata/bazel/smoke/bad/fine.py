SECRET = "expected"
