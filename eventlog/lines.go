package eventlog

import (
	"bytes"
	"io"
)

// windowSize is how much decoded text is held at once, unless a line is longer.
const windowSize = 128 << 10

// lookAhead is more than the lines of nearly all tasks have.
const lookAhead = 16 << 10

// lines cuts decoded text into lines within one reused window.
type lines struct {
	src     io.Reader
	buf     []byte
	r, w    int
	scanned int   // bytes from r on that hold no newline
	max     int   // longest line
	err     error // what src gave last
}

func (l *lines) reset(src io.Reader) {
	l.src, l.r, l.w, l.scanned, l.err = src, 0, 0, 0, nil
}

// next returns the next line without its newline, valid until the next call.
// whole is false for text at the end that no newline closes. skipped is the
// length of a line beyond the bound, which was passed over; its text is nil.
// err ends the text.
func (l *lines) next() (line []byte, whole bool, skipped int64, err error) {
	for {
		if i := bytes.IndexByte(l.buf[l.r+l.scanned:l.w], '\n'); i >= 0 {
			end := l.r + l.scanned + i
			line = l.buf[l.r:end:end]
			l.r, l.scanned = end+1, 0
			if skipped > 0 || len(line) > l.max {
				return nil, true, skipped + int64(len(line)), nil
			}
			return line, true, 0, nil
		}
		l.scanned = l.w - l.r
		if l.scanned > l.max || skipped > 0 {
			skipped += int64(l.scanned)
			l.r, l.w, l.scanned = 0, 0, 0
		}
		if l.err != nil {
			line = l.buf[l.r:l.w:l.w]
			l.r, l.scanned = l.w, 0
			switch {
			case skipped > 0:
				return nil, false, skipped, nil
			case len(line) > 0:
				return line, false, 0, nil
			}
			return nil, false, 0, l.err
		}
		l.fill()
	}
}

// window returns the text at hand, which begins with a line and holds lookAhead
// bytes unless the text ends before.
func (l *lines) window() []byte {
	for l.w-l.r < lookAhead && l.err == nil {
		l.fill()
	}
	return l.buf[l.r:l.w]
}

// advance passes over n bytes of the window, which must be whole lines.
func (l *lines) advance(n int) { l.r, l.scanned = l.r+n, 0 }

// fill reads more, behind the unread text, and makes room for it where needed.
func (l *lines) fill() {
	unread := l.w - l.r
	switch {
	case l.buf == nil, len(l.buf) > 16*windowSize && unread < windowSize/2: // let go of what a long line took
		l.move(windowSize)
	case len(l.buf)-l.w >= windowSize/4:
	case unread > len(l.buf)/2:
		l.move(l.larger())
	default:
		l.move(len(l.buf))
	}
	for tries := 0; tries < 100; tries++ {
		n, err := l.src.Read(l.buf[l.w:min(len(l.buf), l.w+windowSize)])
		l.w += n
		if l.err = err; n > 0 || err != nil {
			return
		}
	}
	l.err = io.ErrNoProgress
}

// larger is the next size of the window. It grows in few steps, the last one to
// what the longest line needs, since the windows left behind stay in memory
// until they are collected.
func (l *lines) larger() int {
	if size := 4 * len(l.buf); size < l.max/2 {
		return size
	}
	return max(windowSize, l.max+windowSize/2)
}

// move puts the unread text at the beginning of a window of the given size.
func (l *lines) move(size int) {
	next := l.buf
	if size != len(l.buf) {
		next = make([]byte, size)
	}
	l.w = copy(next, l.buf[l.r:l.w])
	l.buf, l.r = next, 0
}
