package ast

// MatchCase is one `case pattern if guard:`. It has no position.
type MatchCase struct {
	Pattern Pattern
	Guard   Expr // may be nil
	Body    []Stmt
}

type (
	// MatchValue is a value to compare with by `==`.
	MatchValue struct {
		Pos
		Value Expr
	}

	// MatchSingleton is None, True or False.
	MatchSingleton struct {
		Pos
		Value *Const
	}

	// MatchSequence is `[a, b]`, `(a, b)` or `a, b`.
	MatchSequence struct {
		Pos
		Patterns []Pattern
	}

	// MatchMapping is `{key: pattern, **rest}`; Rest is NoName without the stars.
	MatchMapping struct {
		Pos
		Keys     []Expr
		Patterns []Pattern
		Rest     Name
	}

	// MatchClass is `cls(patterns, attr=pattern)`.
	MatchClass struct {
		Pos
		Cls         Expr
		Patterns    []Pattern
		KwdAttrs    []Name
		KwdPatterns []Pattern
	}

	// MatchStar is `*name`, or with NoName `*_`.
	MatchStar struct {
		Pos
		Name Name
	}

	// MatchAs is `pattern as name`, with a nil pattern a capture, and with NoName
	// too the wildcard `_`.
	MatchAs struct {
		Pos
		Pattern Pattern
		Name    Name
	}

	// MatchOr is `a | b`.
	MatchOr struct {
		Pos
		Patterns []Pattern
	}
)

func (*MatchValue) pattern()     {}
func (*MatchSingleton) pattern() {}
func (*MatchSequence) pattern()  {}
func (*MatchMapping) pattern()   {}
func (*MatchClass) pattern()     {}
func (*MatchStar) pattern()      {}
func (*MatchAs) pattern()        {}
func (*MatchOr) pattern()        {}
