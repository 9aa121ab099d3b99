//go:build !windows

package main

import "io"

// enableEscapes reports whether a terminal acts on escape sequences.
func enableEscapes(io.Writer) bool { return true }
