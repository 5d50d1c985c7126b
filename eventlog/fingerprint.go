package eventlog

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Fingerprint tells this state of the log from every other: a hash of the
// parts' names, sizes and times. A log that grew, or that was rewritten, has
// another one. Nothing is opened.
func (l Log) Fingerprint() string {
	h := sha256.New()
	for _, p := range l.Parts {
		fmt.Fprintf(h, "%q %d %d\n", p.Name, p.Size, p.Modified.UnixNano())
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// StoredBytes is the size of all parts as stored, where known.
func (l Log) StoredBytes() int64 {
	var n int64
	for _, p := range l.Parts {
		n += max(p.Size, 0)
	}
	return n
}
