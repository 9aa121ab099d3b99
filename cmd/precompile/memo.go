package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/memo"
)

// memoVariable is the environment variable that names a memo where no flag does.
const memoVariable = "PRECOMPILE_CACHE"

const (
	memoFlag     = "cache-dir"
	memoSizeFlag = "cache-size"
)

// memoFlags say where results are kept.
type memoFlags struct {
	dir     givenPath
	size    byteSize
	sizeSet func() bool
}

func (f *memoFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	inGroup(fs, "Memo", func() {
		fs.Var(&f.dir, memoFlag, "`DIR`: keep what sources compile to in DIR, by content, and have it from there; without the flag "+memoVariable+" names DIR. Any number of runs may share it, and removing it is always fine. --force takes nothing from it")
		fs.Var(&f.size, memoSizeFlag, "`SIZE`: how much DIR may hold, such as 500M or 2G (1G by default, 0 for no bound). What was not used for longest goes first")
	})
	f.sizeSet = func() bool { return fs.Changed(memoSizeFlag) }
}

// open opens the memo, if one is named. The caller closes it.
func (f *memoFlags) open(a *app) (*memo.Memo, error) {
	dir, by := f.dir.path, "--"+memoFlag
	if dir == "" {
		dir, by = a.getenv(memoVariable), memoVariable
	}
	if dir == "" {
		if f.sizeSet() {
			return nil, usagef("--%s: there is no memo to bound: name one by --%s or %s", memoSizeFlag, memoFlag, memoVariable)
		}
		return nil, nil
	}
	o := memo.Options{MaxBytes: f.size.n}
	if f.sizeSet() && o.MaxBytes == 0 {
		o.MaxBytes = -1
	}
	m, err := a.engine.openMemo(dir, o)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, usagef("%s: cannot use %s: %s", by, diag.Name(dir), err)
	}
	return m, nil
}

// closeMemo closes a memo, if there is one.
func closeMemo(m *memo.Memo) {
	if m != nil {
		_ = m.Close()
	}
}

// noMemo says why a verb has no memo, where one was asked for.
var noMemo = map[string]string{
	"verify": "what was kept would prove nothing, so verify compiles each source itself",
	"check":  "check makes no code that could be kept",
}

// byteSize is a number of bytes, with or without a unit.
type byteSize struct{ n int64 }

func (b *byteSize) Type() string { return "size" }
func (b *byteSize) String() string {
	if b.n == 0 {
		return ""
	}
	return strconv.FormatInt(b.n, 10)
}

func (b *byteSize) Set(s string) error {
	number := strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(s), "B"), "I"), "KMGT")
	unit := strings.ToUpper(s[len(number):])
	shift := 0
	switch strings.TrimSuffix(strings.TrimSuffix(unit, "B"), "I") {
	case "":
	case "K":
		shift = 10
	case "M":
		shift = 20
	case "G":
		shift = 30
	case "T":
		shift = 40
	default:
		shift = -1
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || shift < 0 || unit == "I" || unit == "IB" || n > math.MaxInt64>>shift {
		return fmt.Errorf("want a number of bytes such as 500M, 2G or 1GiB, or 0 for no bound")
	}
	b.n = n << shift
	return nil
}
