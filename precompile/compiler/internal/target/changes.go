package target

// change is one row of the table: a feature and the releases that have it.
type change struct {
	field func(*Features) *bool
	added []Profile // the first release with it, in each series that it was added to
	gone  []Profile // the first release without it again
}

// holds reports whether the release p has the feature.
func (c change) holds(p Profile) bool {
	return reached(c.added, p) && !reached(c.gone, p)
}

// reached reports whether p is at or past the point at which a change was made.
// A fix is often made in several series at once: 3.13.16 and 3.14.8 means that
// 3.14.0 does not have it although it is the greater number. So the point that
// counts is the one of p's own series, or else of the nearest older series.
func reached(points []Profile, p Profile) bool {
	var nearest *Profile
	for i := range points {
		if q := &points[i]; q.Minor <= p.Minor && (nearest == nil || nearest.Before(*q)) {
			nearest = q
		}
	}
	return nearest != nil && !p.Before(*nearest)
}

// since is the points of a change that came with 3.minor.0.
func since(minor int) []Profile { return []Profile{{minor, 0}} }

// always is the point before every known release.
var always = since(11)

// late13 is the point of fixes that were made in 3.13 after 3.13.0 and are in all
// of 3.14. No profile lies between the fix and 3.13.18, so the first release with
// it does not matter.
var late13 = []Profile{{13, 1}, {14, 0}}

// releases2026 are the first known releases with fixes of 2026 whose first release
// was not looked for: none of those in between is a profile.
var releases2026 = []Profile{{13, 18}, {14, 10}, {15, 2}}

// unicodeSince is the first release of each Unicode version, in its order; each
// series has its own, and its own grammar.
var unicodeSince = [NumUnicode]Profile{{11, 0}, {12, 0}, {13, 0}, {14, 0}, {15, 0}}

// depths are the deepest trees that py_compile of a release takes, measured with
// `a+a+…`. Before 3.14 the symbol table counts, and where it begins depends on how
// many calls py_compile is in. From 3.14 on the C stack decides, here one of 8 MB:
// 27,444 to 28,985 were reached, and the limit is put below.
var depths = []struct {
	since Profile
	nodes int
}{{Profile{11, 0}, 2973}, {Profile{12, 0}, 2988}, {Profile{13, 0}, 9994}, {Profile{14, 0}, 27000}}

// changes is the one table in which versions become features.
var changes = []change{
	{field: func(f *Features) *bool { return &f.NonUTF8Refused }, added: since(14)},
	{field: func(f *Features) *bool { return &f.DecodedNewlinesTranslated }, added: late13},
	{field: func(f *Features) *bool { return &f.PalmosQuoteKnown }, added: late13},
	{field: func(f *Features) *bool { return &f.DecodersWrapped }, added: always, gone: since(12)},
	{field: func(f *Features) *bool { return &f.FStringTokens }, added: since(12)},
	{field: func(f *Features) *bool { return &f.TypeParams }, added: since(12)},
	{field: func(f *Features) *bool { return &f.TypeParamDefaults }, added: since(13)},
	{field: func(f *Features) *bool { return &f.TemplateStrings }, added: since(14)},
	{field: func(f *Features) *bool { return &f.ExceptWithoutParentheses }, added: since(14)},
	{field: func(f *Features) *bool { return &f.FinallyControlFlow }, added: since(14)},
	{field: func(f *Features) *bool { return &f.UnpackInComprehensions }, added: since(15)},
	{field: func(f *Features) *bool { return &f.LazyImports }, added: since(15)},
	{field: func(f *Features) *bool { return &f.UnaryPlusInPatterns }, added: since(15)},
	{field: func(f *Features) *bool { return &f.AsyncAsKeywordTokens }, added: always, gone: since(13)},
	{field: func(f *Features) *bool { return &f.FieldDepthChecked }, added: since(13)},
	{field: func(f *Features) *bool { return &f.FormatSpecState }, added: since(13)},
	{field: func(f *Features) *bool { return &f.FormatSpecNewlineRefused }, added: late13},
	{field: func(f *Features) *bool { return &f.FieldEndMoves }, added: late13},
	{field: func(f *Features) *bool { return &f.NotEqualEndsNoField }, added: releases2026},
	{field: func(f *Features) *bool { return &f.DebugEqualAtTop }, added: late13},
	{field: func(f *Features) *bool { return &f.DebugTextQuotes }, added: late13},
	{field: func(f *Features) *bool { return &f.DebugTextDecoded }, added: since(12), gone: late13},
	{field: func(f *Features) *bool { return &f.RawFormatSpecs }, added: late13},
	{field: func(f *Features) *bool { return &f.SpecConcatenated }, added: since(13)},
	{field: func(f *Features) *bool { return &f.ExclamationMisspelt }, added: since(12), gone: late13},
	{field: func(f *Features) *bool { return &f.NamesFold }, added: late13},
	{field: func(f *Features) *bool { return &f.FutureFlufl }, added: late13},
	{field: func(f *Features) *bool { return &f.EscapesAreSyntaxWarnings }, added: since(12)},
	{field: func(f *Features) *bool { return &f.EscapeWarningLines }, added: late13},
	{field: func(f *Features) *bool { return &f.LongEscapeWarnings }, added: since(14)},
	{field: func(f *Features) *bool { return &f.ColumnsInBytes }, added: always, gone: since(13)},
	{field: func(f *Features) *bool { return &f.OverflowExplained }, added: since(12)},
	{field: func(f *Features) *bool { return &f.ConversionCheckedEarly }, added: since(14)},
	{field: func(f *Features) *bool { return &f.CommaAtLastLine }, added: since(15)},
	{field: func(f *Features) *bool { return &f.EscapedQuoteHint }, added: since(13)},
	{field: func(f *Features) *bool { return &f.NewlineInToken }, added: since(12)},
	{field: func(f *Features) *bool { return &f.NotEqualHint }, added: releases2026},
	{field: func(f *Features) *bool { return &f.RangesInChars }, added: releases2026},
	{field: func(f *Features) *bool { return &f.DecodeErrorAtPiece }, added: []Profile{{14, 10}, {15, 2}}},
	{field: func(f *Features) *bool { return &f.FieldLineNamed }, added: since(15)},
	{field: func(f *Features) *bool { return &f.RelativeLazyRemarked }, added: since(15)},
	{field: func(f *Features) *bool { return &f.ConditionalIsRule }, added: since(15)},
	{field: func(f *Features) *bool { return &f.DebugTextEscapes }, added: releases2026},
	{field: func(f *Features) *bool { return &f.InterpolationSpace }, added: []Profile{{14, 10}, {15, 2}}},
	{field: func(f *Features) *bool { return &f.FuturesParsed }, added: []Profile{{14, 10}, {15, 2}}},
	{field: func(f *Features) *bool { return &f.SoftKeywordBeginnings }, added: always, gone: releases2026},
	{field: func(f *Features) *bool { return &f.DumpOmitsEmpty }, added: since(13)},
	{field: func(f *Features) *bool { return &f.DumpOmitsLoad }, added: since(15)},

	{field: func(f *Features) *bool { return &f.DocstringFlag }, added: since(14)},
	{field: func(f *Features) *bool { return &f.CleanDocstrings }, added: since(13)},
	{field: func(f *Features) *bool { return &f.ClassFirstLine }, added: since(13)},
	{field: func(f *Features) *bool { return &f.StaticAttributes }, added: since(13)},
	{field: func(f *Features) *bool { return &f.FinallyWarnsOnce }, added: late13},
	{field: func(f *Features) *bool { return &f.BlocksMutedByUnwinding }, added: since(14)},
	{field: func(f *Features) *bool { return &f.ComprehensionsIterTwice }, added: []Profile{{13, 1}}, gone: since(14)},
	{field: func(f *Features) *bool { return &f.InlinedLocalsAfterScopes }, added: since(14)},
	{field: func(f *Features) *bool { return &f.SpecialMethodLoads }, added: since(14)},
	{field: func(f *Features) *bool { return &f.CommonConstants }, added: since(14)},
	{field: func(f *Features) *bool { return &f.PopIter }, added: since(14)},
	{field: func(f *Features) *bool { return &f.BoolJumps }, added: since(14)},
	{field: func(f *Features) *bool { return &f.WhileTestOnce }, added: since(14)},
	{field: func(f *Features) *bool { return &f.SubscriptIsBinaryOp }, added: since(14)},
	{field: func(f *Features) *bool { return &f.ConstSlices }, added: since(14)},
	{field: func(f *Features) *bool { return &f.ConstDisplays }, added: always, gone: since(14)},
	{field: func(f *Features) *bool { return &f.ConstKeyMaps }, added: always, gone: since(14)},
	{field: func(f *Features) *bool { return &f.CallExTakesDict }, added: since(14)},
	{field: func(f *Features) *bool { return &f.AsyncForJumpsBack }, added: since(14)},
	{field: func(f *Features) *bool { return &f.SubjectPoppedByBody }, added: since(14)},
	{field: func(f *Features) *bool { return &f.GenexpCalls }, added: since(14)},

	{field: func(f *Features) *bool { return &f.ConstFoldingInCFG }, added: since(14)},
	{field: func(f *Features) *bool { return &f.InvertBoolFolds }, added: always, gone: since(14)},
	{field: func(f *Features) *bool { return &f.MixedComplex }, added: since(14)},
	{field: func(f *Features) *bool { return &f.PowerDividesByExp }, added: always, gone: []Profile{{12, 8}, {13, 1}}},
	{field: func(f *Features) *bool { return &f.ReturnConst }, added: since(12), gone: since(14)},
	{field: func(f *Features) *bool { return &f.SmallIntLoads }, added: since(14)},
	{field: func(f *Features) *bool { return &f.CommonConstLoads }, added: since(15)},
	{field: func(f *Features) *bool { return &f.InvertedTests }, added: since(14)},
	{field: func(f *Features) *bool { return &f.ClosureIsPseudo }, added: since(13)},
	{field: func(f *Features) *bool { return &f.BlocksTo21 }, added: since(13)},
	{field: func(f *Features) *bool { return &f.InlinedBlocksCounted }, added: releases2026},
	{field: func(f *Features) *bool { return &f.YieldFromNamed }, added: since(13)},
	{field: func(f *Features) *bool { return &f.LiteralTypeNamed }, added: since(12)},
	{field: func(f *Features) *bool { return &f.ErrorsAtLastVisit }, added: always, gone: since(12)},
	{field: func(f *Features) *bool { return &f.ResumeDepth }, added: since(13)},
	{field: func(f *Features) *bool { return &f.GeneratorPreamble }, added: since(15)},
	{field: func(f *Features) *bool { return &f.NotTaken }, added: since(14)},
	{field: func(f *Features) *bool { return &f.AddedJumpsAreProtected }, added: []Profile{{15, 2}}},
	{field: func(f *Features) *bool { return &f.DepthBeforeOps }, added: since(14)},
	{field: func(f *Features) *bool { return &f.PushedByCounter }, added: since(14), gone: since(15)},
	{field: func(f *Features) *bool { return &f.LocationsMerged }, added: since(12)},
	{field: func(f *Features) *bool { return &f.SmallIntsTo1024 }, added: since(15)},
	{field: func(f *Features) *bool { return &f.InternedCodeNames }, added: since(13)},
	{field: func(f *Features) *bool { return &f.StackSizeAtLeastOne }, added: since(13)},
	{field: func(f *Features) *bool { return &f.SlotsCleared }, added: since(15)},
	{field: func(f *Features) *bool { return &f.EmptyBlocksPassed }, added: since(15)},
	{field: func(f *Features) *bool { return &f.GetIterKeeps }, added: since(15)},
	{field: func(f *Features) *bool { return &f.ArgumentKinds }, added: since(14)},

	{field: func(f *Features) *bool { return &f.InlinedComprehensions }, added: since(12)},
	{field: func(f *Features) *bool { return &f.DeferredAnnotations }, added: since(14)},
	{field: func(f *Features) *bool { return &f.SymtableChecks }, added: since(14)},
	{field: func(f *Features) *bool { return &f.DecoratorsLate }, added: always, gone: since(12)},
	{field: func(f *Features) *bool { return &f.ElseBeforeHandlers }, added: always, gone: since(13)},
	{field: func(f *Features) *bool { return &f.FutureByLine }, added: always, gone: since(12)},
	{field: func(f *Features) *bool { return &f.FutureLevelChecked }, added: since(13)},
	{field: func(f *Features) *bool { return &f.FutureErrorAtName }, added: late13},
	{field: func(f *Features) *bool { return &f.AnnotationWording }, added: since(12)},
	{field: func(f *Features) *bool { return &f.DuplicateParameterWording }, added: since(15)},
	{field: func(f *Features) *bool { return &f.AngledScopeNames }, added: since(15)},
	{field: func(f *Features) *bool { return &f.FreeClassMarksAll }, added: since(12)},
	{field: func(f *Features) *bool { return &f.CompIterMustBeLocal }, added: since(12)},
	{field: func(f *Features) *bool { return &f.NamedExprTargetMangled }, added: since(13)},
	{field: func(f *Features) *bool { return &f.PrivateNameLeaks }, added: since(12), gone: since(13)},
	{field: func(f *Features) *bool { return &f.MangledTypeParams }, added: since(13)},
	{field: func(f *Features) *bool { return &f.TypeVariableScopes }, added: since(13)},
	{field: func(f *Features) *bool { return &f.TypeParamNameReserved }, added: late13},
	{field: func(f *Features) *bool { return &f.ClassAnnotationsFlat }, added: since(12), gone: since(13)},
	{field: func(f *Features) *bool { return &f.InlinedClassDropped }, added: since(13)},
	{field: func(f *Features) *bool { return &f.InlinedClassDictDropped }, added: late13},
	{field: func(f *Features) *bool { return &f.InlinedClassCellsKept }, added: since(14)},
	{field: func(f *Features) *bool { return &f.InlinedUsesMarked }, added: []Profile{{14, 10}, {15, 2}}},
}
