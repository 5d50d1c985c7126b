package codec

import "bytes"

// headLen is how many bytes recognise wants to see.
const headLen = 8

// magics are the first bytes of each framing. LZF chunks start with ZV and a
// type, 0 or 1; zstd has 16 magic numbers for frames to skip.
var magics = []struct {
	name   string
	prefix []byte
}{
	{Zstd, []byte{0x28, 0xb5, 0x2f, 0xfd}},
	{Gzip, []byte{0x1f, 0x8b, 8}},
	{LZ4, []byte("LZ4Block")},
	{Snappy, []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}},
	{LZF, []byte("ZV\x00")},
	{LZF, []byte("ZV\x01")},
}

// recognise names the framing of a file that starts with head. whole is false
// where head is only the beginning of a framing's first bytes.
func recognise(head []byte) (name string, whole bool) {
	for _, m := range magics {
		n := min(len(head), len(m.prefix))
		if bytes.Equal(head[:n], m.prefix[:n]) {
			return m.name, n == len(m.prefix)
		}
	}
	if len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.Equal(head[1:4], []byte{0x2a, 0x4d, 0x18}) {
		return Zstd, true
	}
	return Plain, true
}
