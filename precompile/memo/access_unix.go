//go:build unix

package memo

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// nonBlock has the opening of a pipe not wait for its other end.
const nonBlock = syscall.O_NONBLOCK

// access is who may write to the folder, and so whose files are used.
type access struct {
	everyone bool // may write to the folder
	owner    uint32
}

func accessOf(dir fs.FileInfo) access {
	a := access{everyone: dir.Mode().Perm()&0o002 != 0}
	if st, ok := dir.Sys().(*syscall.Stat_t); ok {
		a.owner = st.Uid
	}
	return a
}

// check says why a file is not to be used.
func (a access) check(info fs.FileInfo) error {
	if info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("everyone may write to it")
	}
	if !a.everyone {
		return nil
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid == 0 || st.Uid == a.owner || int(st.Uid) == os.Geteuid() {
		return nil
	}
	return fmt.Errorf("it belongs to user %d, and everyone may write to the folder", st.Uid)
}

// shard are the permissions of folders, before the umask: for everyone to write
// only if DIR is, where files are told by their owner.
func (a access) shard() fs.FileMode {
	if a.everyone {
		return 0o777
	}
	return 0o775
}
