// Package e2e holds tests alone: they build the command and run it as a user
// does, with real interpreters, which then import what it wrote. They have the
// build tag conformance.
//
// The package is here and not beside the command because it finds its
// interpreters with interptest.
package e2e
