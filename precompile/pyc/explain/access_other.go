//go:build !unix

package explain

import "errors"

var errNotDir = errors.New("not a folder") // no error of these systems is it

// writable cannot tell where permissions are not those of Unix.
func writable(string) bool { return true }
