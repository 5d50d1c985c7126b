package eventlog

import "encoding/binary"

// Bounds of the interners: a log has few names, a hostile one has many.
const (
	nameSlots, maxName = 2048, 256
	textSlots, maxText = 64, 16 << 10
)

// An interner gives equal strings one memory. It is a cache of two slots per
// hash: its size is fixed, and what falls out of it is merely allocated again.
type interner struct {
	slots  [][2]string
	maxLen int
}

func newInterner(slots, maxLen int) interner {
	return interner{slots: make([][2]string, slots), maxLen: maxLen}
}

func (in *interner) get(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > in.maxLen {
		return string(b)
	}
	set := &in.slots[hash(b)%uint64(len(in.slots))]
	if set[0] == string(b) {
		return set[0]
	}
	if set[1] != string(b) {
		set[1] = string(b)
	}
	set[0], set[1] = set[1], set[0]
	return set[0]
}

const golden = 0x9e3779b97f4a7c15 // 2^64 / golden ratio

// hash looks at the length and at most 40 bytes, which tells names apart well.
func hash(b []byte) uint64 {
	h := uint64(len(b)) * golden
	if len(b) < 8 {
		for _, c := range b {
			h = (h ^ uint64(c)) * golden
		}
		return h ^ h>>32
	}
	last := len(b) - 8
	for _, i := range [5]int{0, last / 4, last / 2, last * 3 / 4, last} {
		h = (h ^ binary.LittleEndian.Uint64(b[i:])) * golden
		h ^= h >> 29
	}
	return h
}
