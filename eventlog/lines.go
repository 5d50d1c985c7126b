package eventlog

import (
	"bytes"
	"io"
)

// windowSize is how much decoded text is held at once, unless a line is longer.
const windowSize = 256 << 10

// lines cuts decoded text into lines within one reused window.
type lines struct {
	src     io.Reader
	buf     []byte
	r, w    int
	scanned int   // bytes from r on that hold no newline
	max     int   // longest line
	left    int64 // decoded bytes that may still be read
	read    int64 // decoded bytes read
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

// fill makes room behind the unread text and reads more.
func (l *lines) fill() {
	unread := l.w - l.r
	switch {
	case l.buf == nil || len(l.buf) > 16*windowSize && unread < windowSize/2:
		next := make([]byte, windowSize) // also lets go of what a long line took
		copy(next, l.buf[l.r:l.w])
		l.buf = next
	case unread > len(l.buf)/2:
		next := make([]byte, min(2*len(l.buf), l.max+windowSize))
		copy(next, l.buf[l.r:l.w])
		l.buf = next
	default:
		copy(l.buf, l.buf[l.r:l.w])
	}
	l.r, l.w = 0, unread
	for tries := 0; tries < 100; tries++ {
		n, err := l.src.Read(l.buf[l.w:])
		l.w += n
		l.read += int64(n)
		if l.left -= int64(n); l.left < 0 {
			err = ErrTooLarge
		}
		if l.err = err; n > 0 || err != nil {
			return
		}
	}
	l.err = io.ErrNoProgress
}
