package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/rules-precompile/precompile/precompile/report"
)

// bar is a progress bar on the last line of a terminal:
//
//	42 % [========>           ] 4,200 of 10,000 files, 2,100 a second, 3 s left
//
// It is drawn by whoever sets it, so it needs no goroutine, and none of it is left
// when it is cleared. The libraries that draw bars bring much with them that would be
// initialised at each start, which takes longer than a small file does to compile.
type bar struct {
	to    *stream
	now   func() time.Time
	start time.Time
	next  time.Time // when it may be drawn again
	shown bool
}

// redraw is how long a drawn bar stays as it is, at least.
const redraw = 100 * time.Millisecond

// The bounds of the part of the bar that fills up, in columns.
const (
	leastBar = 10
	mostBar  = 40
)

func newBar(s *stream) *bar { return &bar{to: s, now: time.Now, start: time.Now()} }

// set draws the bar for done of total files, if it was not drawn just now.
func (b *bar) set(done, total int) {
	now := b.now()
	if now.Before(b.next) || total <= 0 {
		return
	}
	b.next, b.shown = now.Add(redraw), true
	fmt.Fprint(b.to, "\r\x1b[2K"+barText(done, total, now.Sub(b.start), b.to.width()))
}

// clear takes the bar away.
func (b *bar) clear() {
	if b.shown {
		fmt.Fprint(b.to, "\r\x1b[2K")
	}
}

// barText is the bar after some time, for a terminal of so many columns; 0 means that
// it has no known width. It stays one column short, since a full line wraps on some
// terminals.
func barText(done, total int, after time.Duration, width int) string {
	done = min(done, total)
	text := fmt.Sprintf(" %s of %s files", report.Grouped(done), report.Grouped(total))
	if rate := float64(done) / after.Seconds(); done > 0 && after > 0 {
		text += fmt.Sprintf(", %s a second, %d s left", report.Grouped(int(rate)), int(float64(total-done)/rate+0.5))
	}
	percent := fmt.Sprintf("%3d %% ", 100*done/total)
	if width == 0 {
		width = 80
	}
	room := width - 1 - len(percent) - len(text) - 2
	if room < leastBar {
		line := percent + text[1:]
		return line[:min(len(line), max(width-1, 0))]
	}
	room = min(room, mostBar)
	filled := room * done / total
	head := ""
	if filled < room {
		head = ">"
	}
	return percent + "[" + strings.Repeat("=", filled) + head + strings.Repeat(" ", room-filled-len(head)) + "]" + text
}
