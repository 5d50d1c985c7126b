package eventlog

import "github.com/spark-apprentice/apprentice/eventlog/internal/jsonscan"

// Bounds of the memos, in values and in bytes of a value's text. Few values
// suffice: the lines of a job and its stages stand close to each other.
const (
	propsSlots, maxProps = 4, 64 << 10
	stackSlots, maxStack = 8, 16 << 10
	rddsSlots, maxRDDs   = 16, 16 << 10
)

// A memo holds the values read last of a field that lines repeat word for word:
// a job's properties stand in each of its stages, a stage's RDDs and call stack
// in JobStart, StageSubmitted and StageCompleted. Comparing is quicker than
// reading, and equal values share their memory.
type memo[T any] struct {
	slots []memoSlot[T]
	next  int // to be replaced
	most  int // bytes of a text
}

type memoSlot[T any] struct {
	text  jsonscan.Text
	value T
}

func newMemo[T any](slots, most int) memo[T] {
	return memo[T]{slots: make([]memoSlot[T], slots), most: most}
}

// get returns the next value, by read if it is none of those in m.
func (m *memo[T]) get(p *parser, read func(*parser) T) T {
	for i := range m.slots {
		if p.s.Again(&m.slots[i].text) {
			return m.slots[i].value
		}
	}
	place := p.s.Place()
	v := read(p)
	if slot := &m.slots[m.next]; p.s.Keep(&slot.text, place, m.most) {
		slot.value = v
		m.next = (m.next + 1) % len(m.slots)
	}
	return v
}
