// Package report writes what a run or a verification found: as text for a
// person, as JSON of a documented schema, as SARIF 2.1.0 for code scanning, and
// as workflow annotations for GitHub.
//
// Every renderer is a function from a report of the engine and a Meta, which
// says what the engine does not know, to bytes. None reads the clock, the
// environment or the terminal, so the same report gives the same bytes.
//
//	text.go     a run as text, and the parts that both share
//	verify.go   a verification as text
//	json.go     both as JSON; the schemas are in docs/schema
//	sarif.go    both as SARIF
//	github.go   both as annotations
//
// The package is the command's alone: the engine does not know how it is shown.
package report
