package memo

import (
	"testing"

	"golang.org/x/sys/unix"
)

// setFSUID changes whose rights over files this thread has.
func setFSUID(t *testing.T, uid int) {
	t.Helper()
	if _, err := unix.SetfsuidRetUid(uid); err != nil {
		t.Fatal(err)
	}
	if now, _ := unix.SetfsuidRetUid(-1); now != uid {
		t.Fatalf("this thread is user %d, want %d", now, uid)
	}
}
