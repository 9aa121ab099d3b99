import lib.a

VALUE = lib.a.greet("c")
