package eventlog

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// Fingerprint tells whether a log is still what it was: it changes with the
// layout and with any part's base name, size or modification time (in
// milliseconds). It does not read the log.
func (l *Log) Fingerprint() string {
	parts := slices.Clone(l.Parts)
	slices.SortFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(filepath.Base(a.Name), filepath.Base(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", l.Layout)
	for _, p := range parts {
		fmt.Fprintf(h, "%q %d %d\n", filepath.Base(p.Name), p.Size, p.Modified.UnixMilli())
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// LastModified is when the newest part was written, the zero Time if unknown.
func (l *Log) LastModified() time.Time {
	var last time.Time
	for _, p := range l.Parts {
		if p.Modified.After(last) {
			last = p.Modified
		}
	}
	return last
}

// StoredSize is the sum of the parts' sizes as stored; parts of unknown size
// count nothing.
func (l *Log) StoredSize() (n int64) {
	for _, p := range l.Parts {
		n += max(0, p.Size)
	}
	return n
}
