package eventlog

import (
	"fmt"
	"unsafe"

	"github.com/spark-apprentice/apprentice/eventlog/codec"
)

// Spark's logs decode to 5 to 100 times their size. A text that grows without
// end out of nearly nothing is no log: gzip cannot exceed a ratio of 1032, but
// a zstd frame can say "128 KiB of the same byte" in four bytes.
const (
	maxRatio     = 4096
	ratioMatters = 256 << 20 // decoded bytes of a part before the ratio is looked at
)

// bounded reads the decoded text of one part after another and stops where a
// log costs more than its Options allow.
type bounded struct {
	dec  *codec.Reader
	max  int64 // decoded bytes of the log
	read int64 // of the log
	part int64 // of the present part
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.dec.Read(p)
	b.read += int64(n)
	b.part += int64(n)
	switch {
	case b.read > b.max:
		err = fmt.Errorf("%w: more than %d bytes decoded", ErrTooLarge, b.max)
	case b.part > ratioMatters && b.part/maxRatio > b.dec.Offset():
		err = fmt.Errorf("%w: %d bytes decode to more than %d", ErrTooLarge, b.dec.Offset(), b.part)
	}
	return n, err
}

// What Spark writes takes less memory as an event than as text. A line of empty
// objects could take a hundred times more, which is what these bounds are for.
const (
	roomPerLine  = 1 << 20
	roomPerByte  = 4
	mapEntry     = 64 // of strings, about
	planNodeSize = int(unsafe.Sizeof(PlanNode{}))
)

// take accounts for n bytes that a line takes besides strings, which the line
// itself bounds.
func (p *parser) take(n int) {
	if p.room -= n; p.room < 0 {
		p.s.Fail("more items than a line of this length can hold")
	}
}

// add appends an item and accounts for it.
func add[T any](p *parser, list []T, item T) []T {
	p.take(int(unsafe.Sizeof(item)))
	return append(list, item)
}
